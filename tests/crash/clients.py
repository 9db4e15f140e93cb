"""Eight people at work over HTTP, who remember every page that they got and every save that they were told of."""

import http.client
import random
import threading
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin

from casework.demo.servers import HOST
from tests.access.test_bad_input import FORM, FormReader
from tests.crash.house import House

SEATS = (
    "lead_worker", "lead_worker", "lead_supervisor", "investigator", "investigator", "therapist", "prosecutor",
    "prosecution_supervisor",
)  # fmt: skip
WRITES = {"lead_worker": "social", "investigator": "police", "therapist": "therapy", "prosecutor": "legal"}


@dataclass
class Client:
    """One person. `pages`: correlation ids of answers with content; `saved`: keys of entries that were told saved."""

    house: House
    name: str
    chance: random.Random
    pages: set[str] = field(default_factory=set)
    saved: set[int] = field(default_factory=set)
    copies: int = 0
    refused: int = 0
    cut: int = 0
    cookies: dict[str, str] = field(default_factory=dict)

    def work(self, over: threading.Event) -> None:
        """Until it is over: sign in, look, write; whatever fails is tried anew."""
        while not over.is_set():
            try:
                self._turn()
            except (OSError, http.client.HTTPException):
                self.cut += 1
                time.sleep(0.05)

    def _turn(self) -> None:
        case = f"/cases/{self.house.seeded['reference']}/"
        if self.chance.random() < 0.3 and self.name in WRITES:
            self._write(f"{case}entries/new/")
        elif self.chance.random() < 0.1 and self.name == "prosecutor":
            self._ask_copy(f"{case}summaries/1/")
        else:
            self._ask("GET", self.chance.choice((case, case, "/cases/", f"{case}who-can-see/")))

    def _write(self, path: str) -> None:
        page = self._ask("GET", path)
        forms = [form for form in FormReader(page).forms if "submission" in form.sent]
        if not forms:
            return
        day = {"happened_on_0": "1", "happened_on_1": "3", "happened_on_2": "2026"}
        said = {"compartment": WRITES[self.name], "nature": "fact", "title": "Under load", "text": "A note.", **day}
        sent = {**forms[0].sent, **{name: [value] for name, value in said.items()}}
        where = self._ask("POST", path, sent)
        key = where.rstrip("/").split("/")[-1]
        if "/entries/" in where and key.isdecimal():
            self.saved.add(int(key))

    def _ask_copy(self, path: str) -> None:
        forms = [form for form in FormReader(self._ask("GET", path)).forms if "number" in form.sent]
        if forms and "/copies/" in self._ask("POST", urljoin(path, forms[0].action), forms[0].sent):
            self.copies += 1

    def _ask(self, method: str, path: str, data: dict[str, list[str]] | None = None) -> str:
        """The body of a 200, or where a redirect leads; empty for anything else. Signs in when that is asked for."""
        status, headers, body = self._send(method, path, data)
        where = headers.get("Location", "")
        if where.startswith("/sign-in/"):
            self._sign_in()
            return ""
        if status == 200 and (self.house.seeded["pseudonym"] in body or self.house.seeded["reference"] in body):
            self.pages.add(headers["Correlation-Id"])
        self.refused += status >= 500
        return where or (body if status == 200 else "")

    def _sign_in(self) -> None:
        _status, _headers, body = self._send("GET", "/agency/demo/")
        token = FormReader(body).value_of("csrfmiddlewaretoken")
        member = str(self.house.seeded["people"][self.name])
        self._send("POST", "/agency/demo/", {"csrfmiddlewaretoken": [token], "member": [member]})

    def _send(
        self, method: str, path: str, data: dict[str, list[str]] | None = None
    ) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection(HOST, self.house.port, timeout=20)
        try:
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if data is not None:
                headers["Content-Type"] = FORM
            connection.request(method, path, urlencode(data, doseq=True) if data is not None else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie") or []:
                self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
            return answer.status, dict(answer.headers.items()), body
        finally:
            connection.close()
