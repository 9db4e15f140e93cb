"use strict";
// Enhancement only: every page works without this file.

const summary = document.querySelector("[data-error-summary]");
if (summary) summary.focus();

// Hide screen: cover at once, keep what was typed, then leave; the server locks the session.
const PATIENCE = 5000; // ms; behind the cover, and a server that does not answer could not lock the session either
for (const link of document.querySelectorAll("[data-hide-screen]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const cover = document.createElement("div");
    cover.className = "cover";
    document.body.append(cover);
    document.title = "";
    await Promise.race([keepAll(), new Promise((done) => setTimeout(done, PATIENCE))]);
    location.replace(link.href);
  });
}

// On a narrow screen a wide table reads row by row: each cell carries the heading of its column. Roles are said, since
// cells that are shown as blocks are no table any more to who listens. Without this, the table scrolls sideways.
const roles = { thead: "rowgroup", tbody: "rowgroup", tr: "row", td: "cell", "th[scope=col]": "columnheader", "th[scope=row]": "rowheader" };
for (const table of document.querySelectorAll(".table-wrap > table")) {
  const headings = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
  if (headings.length < 3 || table.querySelector("[rowspan]")) continue;
  for (const [cells, role] of Object.entries(roles)) {
    for (const cell of table.querySelectorAll(cells)) cell.setAttribute("role", role);
  }
  for (const row of table.tBodies[0].rows) {
    for (const cell of row.cells) if (cell.colSpan === 1) cell.dataset.label = headings[cell.cellIndex] ?? "";
  }
  table.setAttribute("role", "table");
  table.classList.add("stacks");
}

// Send a form once.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
  });
}

// Keep typed text on the server: three seconds after typing stops, at most every twenty seconds, and at once when the
// page is left or hidden. What is being sent as a form is not kept as well: it would come back as text not saved.
const CLOSING = 60000; // bytes; a browser sends no more than 64 KiB for a page that is gone
const time = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const keepers = [];
const keepAll = () => Promise.all(keepers.map((keep) => keep()));
for (const form of document.querySelectorAll("form[data-draft]")) {
  const status = document.createElement("p");
  status.className = "saved";
  status.setAttribute("role", "status");
  form.append(status);
  let waiting = 0, last = 0, since = time(), isTyped = false, sending = null;
  const send = async () => {
    isTyped = false;
    last = Date.now();
    const body = new URLSearchParams(new FormData(form));
    body.set("path", form.dataset.draft || location.pathname);
    const headers = { "X-CSRFToken": body.get("csrfmiddlewaretoken") };
    try {
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, headers, keepalive: String(body).length < CLOSING });
      if (!answer.ok) throw new Error(answer.status);
      since = time();
      status.className = "saved";
      status.textContent = form.dataset.saved + " " + since;
    } catch {
      isTyped = true;
      status.className = "saved failed";
      status.textContent = form.dataset.notSaved + " " + since;
    }
  };
  const keep = async () => {
    clearTimeout(waiting);
    await sending; // one after the other: the newer text is the one that stays
    if (!isTyped || form.dataset.sent) return;
    sending = send();
    await sending;
  };
  keepers.push(keep);
  form.addEventListener("input", () => {
    isTyped = true;
    clearTimeout(waiting);
    waiting = setTimeout(keep, Math.max(3000, 20000 - (Date.now() - last)) > 17000 && last ? 17000 : 3000);
  });
}
addEventListener("pagehide", keepAll);
document.addEventListener("visibilitychange", () => { if (document.hidden) keepAll(); });

// Warn before the session ends, by the server's clock.
const ends = document.body.dataset.sessionEnds;
if (ends) {
  let end = Date.parse(ends), warned = 0;
  const dialog = document.createElement("dialog");
  const words = document.createElement("p");
  const stay = document.createElement("button");
  words.setAttribute("role", "status");
  stay.textContent = "Stay signed in";
  dialog.append(words, stay);
  document.body.append(dialog);
  stay.addEventListener("click", async () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    const answer = await fetch(document.body.dataset.stayUrl, { method: "POST", headers: { "X-CSRFToken": token ? token.value : "" } });
    if (answer.ok) { end = Date.parse((await answer.json()).session_ends); warned = 0; dialog.close(); }
  });
  setInterval(() => {
    const left = Math.round((end - Date.now()) / 1000);
    if ((left <= 300 && warned < 1) || (left <= 60 && warned < 2)) {
      warned = left <= 60 ? 2 : 1;
      words.textContent = "You will be signed out in " + Math.max(1, Math.round(left / 60)) + " min. What you typed is kept.";
      if (!dialog.open) dialog.showModal();
    }
    if (left <= -5) location.reload();
  }, 5000);
}

// Progress: replace the fragment until it says that it is done.
for (const box of document.querySelectorAll("[data-poll]")) {
  const timer = setInterval(async () => {
    const answer = await fetch(box.dataset.poll, { headers: { "X-Fragment": "1" } });
    if (!answer.ok) return clearInterval(timer);
    box.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    if (box.querySelector("[data-done]")) clearInterval(timer);
  }, 1000);
}

// The child's identity hides itself again.
for (const box of document.querySelectorAll("[data-hide-after]")) {
  setTimeout(() => { box.replaceChildren(); location.replace(location.pathname); }, Number(box.dataset.hideAfter) * 1000);
}

// An open page asks whether it may still be read, and blanks itself when not: a share that ends, ends here as well.
for (const mark of document.querySelectorAll("[data-still]")) {
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(mark.dataset.still, { headers: { "X-Background": "1" }, redirect: "manual" });
      if (answer.status === 204 || answer.status >= 500) return;
    } catch { return; }
    clearInterval(timer);
    const words = document.createElement("p");
    words.className = "notice stop";
    words.setAttribute("role", "alert");
    words.textContent = mark.dataset.ended;
    document.querySelector("main").replaceChildren(words);
    for (const bar of document.querySelectorAll(".identity-bar")) bar.remove();
    document.title = "";
  };
  const timer = setInterval(ask, 20000);
  addEventListener("focus", ask);
  addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
  document.addEventListener("visibilitychange", ask);
}
