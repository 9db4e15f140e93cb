"use strict";
// Keys for the editor of passages. Every act is a button or a link of the page; this only presses them.

const form = document.querySelector("form[data-editor]");
const passages = [...document.querySelectorAll("[data-passage]")];

const press = (within, key) => {
  const target = within.querySelector(`[data-key="${key}"]`);
  if (target) target.click();
};

const focusOn = (index) => {
  const row = passages[index];
  if (row) { row.focus(); row.scrollIntoView({ block: "nearest" }); }
};

for (const [index, row] of passages.entries()) {
  row.addEventListener("keydown", (event) => {
    if (event.target !== row || event.ctrlKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.altKey) {
      if (key === "ArrowUp") press(row, "up");
      else if (key === "ArrowDown") press(row, "down");
      else return;
    } else if (key === "ArrowDown") focusOn(index + 1);
    else if (key === "ArrowUp") focusOn(index - 1);
    else if (key === "e" || key === "Enter") press(row, "e");
    else if (key === "j") press(row, "j");
    else if (key === "s" || key === "u") press(form, key);
    else if (key >= "1" && key <= "4") {
      const list = row.querySelector("select[name$=question_type]");
      list.selectedIndex = Number(key);
      list.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (key === "p") row.querySelector("select[name$=phase]").focus();
    else if (key === "t") { const box = row.querySelector("details"); box.open = true; box.querySelector("input").focus(); }
    else return;
    event.preventDefault();
  });
}
if (passages.length && location.hash) focusOn(passages.findIndex((row) => "#" + row.id === location.hash));

// In the form of one passage: save and go on, or split at the cursor.
if (form && !passages.length) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const box = event.target;
    if (event.shiftKey && box.tagName === "TEXTAREA") {
      box.setRangeText("\n\n", box.selectionStart, box.selectionEnd, "end");
      form.querySelector("[data-send=shift]").click();
    } else {
      (form.querySelector("[data-send=ctrl]") || form.querySelector("button[name=act]")).click();
    }
  });
}
