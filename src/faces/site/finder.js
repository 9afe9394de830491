// Finds pages by title and heading while one types, in a list that the server made. Without this script the search box is
// a form, and so it stays for whole questions: Enter asks them. On a copy of the site without its server the list is all.
(() => {
  "use strict";
  const MOST = 8;
  const boxes = [...document.querySelectorAll("form.search input[name=q]")];
  const here = document.getElementById("c:copy");
  if (!boxes.length && !here) return;
  const source = (boxes[0] && boxes[0].form.dataset.pages) || (here && here.dataset.pages);

  let loading;
  const pages = () => loading ||= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => done(globalThis.cairnPages.flatMap(([address, title, collection, about, headings]) => [
      { address, title, over: collection, about, words: split(title), more: split(collection + " " + about) },
      ...headings.map(([anchor, heading]) => ({
        address: address + "#" + encodeURIComponent(anchor), title: heading, over: title, about: "",
        words: split(heading), more: split(title),
      })),
    ]));
    script.onerror = () => { loading = undefined; failed(new Error(source)); };
    document.head.append(script);
  });

  const split = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").match(/[\p{L}\p{N}]+/gu) || [];

  // Whether one letter more, less, other or exchanged makes a word of another.
  const near = (a, b) => {
    if (Math.abs(a.length - b.length) > 1 || a === b) return a === b;
    let at = 0;
    while (at < a.length && a[at] === b[at]) at++;
    const rest = (text, from) => text.slice(from);
    return rest(a, at + 1) === rest(b, at + 1) || rest(a, at + 1) === rest(b, at) || rest(a, at) === rest(b, at + 1)
      || (a[at] === b[at + 1] && a[at + 1] === b[at] && rest(a, at + 2) === rest(b, at + 2));
  };
  const fit = (word, words) => {
    let best = 0;
    for (const other of words) {
      if (other === word) return 4;
      if (other.startsWith(word)) best = Math.max(best, 3);
      else if (word.length > 2 && other.includes(word)) best = Math.max(best, 2);
      else if (word.length > 3 && (near(word, other) || near(word, other.slice(0, word.length)))) best = Math.max(best, 1);
    }
    return best;
  };
  const find = (all, text, most) => {
    const asked = split(text);
    if (!asked.length) return [];
    const found = [];
    for (const entry of all) {
      let score = 0;
      for (const word of asked) {
        const own = 2 * fit(word, entry.words), got = own || fit(word, entry.more);
        if (!got) { score = 0; break; }
        score += got;
      }
      if (score) found.push({ entry, score: score - entry.words.length / 100 });
    }
    return found.sort((a, b) => b.score - a.score).slice(0, most).map(({ entry }) => entry);
  };

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const attach = (box) => {
    const form = box.form, list = element("ul", "", "found"), said = element("p", "", "unseen");
    list.id = box.id + "-found";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Pages");
    said.setAttribute("role", "status");
    form.append(list, said);
    for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) box.setAttribute(name, value);
    let chosen = -1;
    const close = () => { list.hidden = true; chosen = -1; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); };
    const choose = (at) => {
      const rows = [...list.children];
      chosen = at < rows.length ? at : -1;
      rows.forEach((row, place) => row.setAttribute("aria-selected", String(place === chosen)));
      if (chosen < 0) box.removeAttribute("aria-activedescendant");
      else { box.setAttribute("aria-activedescendant", rows[chosen].id); rows[chosen].scrollIntoView({ block: "nearest" }); }
    };
    const show = (entries) => {
      list.replaceChildren(...entries.map((entry, at) => {
        const row = element("li"), link = element("a", entry.title);
        row.id = `${list.id}-${at}`;
        row.setAttribute("role", "option");
        link.href = entry.address;
        link.tabIndex = -1;
        row.append(link, element("span", entry.about || entry.over, "quiet"));
        return row;
      }));
      chosen = -1;
      list.hidden = !entries.length;
      box.setAttribute("aria-expanded", String(!list.hidden));
      box.removeAttribute("aria-activedescendant");
      said.textContent = entries.length === 1 ? "1 page" : `${entries.length} pages`;
    };
    const look = () => pages().then((all) => box.value.trim() ? show(find(all, box.value, MOST)) : close(), close);
    box.addEventListener("focus", () => pages().catch(() => {}));
    box.addEventListener("input", look);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !list.hidden) { close(); event.preventDefault(); }
      else if (event.key === "ArrowDown" && !list.hidden) { choose(chosen + 1); event.preventDefault(); }
      else if (event.key === "ArrowUp" && !list.hidden) { choose(chosen < 0 ? list.children.length - 1 : chosen - 1); event.preventDefault(); }
      else if (event.key === "Enter" && chosen >= 0) { location.href = list.children[chosen].firstChild.href; event.preventDefault(); }
    });
    form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
    list.addEventListener("mousedown", (event) => event.preventDefault());
  };
  boxes.forEach(attach);

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const wanted = (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey)
      || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey);
    if (!wanted || !boxes.length) return;
    event.preventDefault();
    boxes[0].focus();
    boxes[0].select();
  });

  if (here) {
    const text = new URLSearchParams(location.search).get("q") || "";
    boxes.forEach((box) => { box.value = text; });
    pages().then((all) => {
      const found = find(all, text, 50), rows = element("ol", "", "results");
      rows.append(...found.map((entry) => {
        const row = element("li"), head = element("h2"), link = element("a", entry.title);
        link.href = entry.address;
        head.append(link);
        row.append(head, element("p", entry.about, "snippet"), element("p", entry.over, "quiet"));
        return row;
      }));
      here.replaceChildren(text ? element("p", found.length ? `${found.length} found by title and heading` : "Nothing was found by title or heading.", "quiet") : "", rows);
    }, () => { here.textContent = "The list of pages could not be loaded."; });
  }
})();
