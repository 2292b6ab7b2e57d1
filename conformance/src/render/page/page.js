// The filter. Its state stands in the fragment, so a filtered view is a link: #?v=fail&q=will.
// A control looks into the attribute of its name: `data-v` has words for the verdict of an item;
// what is the same for several items stands once, around them.
(() => {
  const form = document.querySelector("form.filter");
  const items = [...document.querySelectorAll("[data-v]")];
  // From the inside out, so that a group knows what became of those in it.
  const groups = [...document.querySelectorAll("[data-g]")].reverse();
  const opened = new Set();
  const texts = new Map();

  const words = (item, name) => item.closest(`[data-${name}]`)?.dataset[name].split(" ") ?? [];

  const text = (item) => {
    if (!texts.has(item)) {
      const group = item.closest("[data-g]");
      const rule = group?.querySelector(":scope > h3, :scope > tr > th[scope=rowgroup]");
      texts.set(item, `${item.id} ${item.textContent} ${rule?.textContent ?? ""}`.toLowerCase());
    }
    return texts.get(item);
  };

  const apply = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value.trim());
    const sought = wanted.filter(([name]) => name === "q");
    const chosen = wanted.filter(([name]) => name !== "q");
    const parts = sought.flatMap(([, value]) => value.toLowerCase().trim().split(/\s+/));
    let shown = 0;
    let all = 0;
    for (const item of items) {
      const fits = chosen.every(([name, value]) => words(item, name).includes(value))
        && parts.every((part) => text(item).includes(part));
      item.hidden = !fits;
      if ("c" in item.dataset) {
        all += 1;
        shown += fits ? 1 : 0;
      }
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-v]:not([hidden])");
      if (group.localName !== "details") continue;
      if (wanted.length && !group.hidden && !group.open) {
        group.open = true;
        opened.add(group);
      } else if (!wanted.length && opened.delete(group)) {
        group.open = false;
      }
    }
    form.querySelector("output").textContent = `${shown} of ${all} ${form.dataset.what}`;
    form.classList.toggle("on", wanted.length > 0);
    return new URLSearchParams(wanted);
  };

  const read = () => {
    const state = new URLSearchParams(location.hash.startsWith("#?") ? location.hash.slice(2) : "");
    for (const control of form.elements) {
      if (control.name) control.value = state.get(control.name) ?? "";
      // An option that this page does not have is none.
      if (control.selectedIndex === -1) control.value = "";
    }
    apply();
  };

  // What a link leads to is shown, whatever the filter and closed sections say.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      form.reset();
      apply();
    }
    for (let at = target; at; at = at.parentElement) {
      if (at.localName === "details") at.open = true;
    }
    target.scrollIntoView();
  };

  const follow = () => {
    if (location.hash.startsWith("#?")) read();
    else if (location.hash.length > 1) reveal();
  };

  const write = () => {
    const state = apply().toString();
    history.replaceState(null, "", state ? `#?${state}` : location.pathname + location.search);
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("input", write);
    form.addEventListener("submit", (event) => event.preventDefault());
    // The controls are empty only after the event.
    form.addEventListener("reset", () => setTimeout(write));
    addEventListener("hashchange", follow);
    apply();
    follow();
  }

  // Commands are to be copied.
  const copy = async (code, button) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 2000);
  };
  for (const command of document.querySelectorAll(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.addEventListener("click", () => copy(command.querySelector("code"), button));
    command.append(button);
  }

  // Evidence is printed whole; afterwards the page is as it was.
  const unfolded = new Set();
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("article details:not([open])")) {
      details.open = true;
      unfolded.add(details);
    }
  });
  addEventListener("afterprint", () => {
    for (const details of unfolded) details.open = false;
    unfolded.clear();
  });
})();
