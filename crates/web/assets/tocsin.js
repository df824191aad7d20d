// The one script: keyboard, copying, times in the reader's zone, open sections, drawer. Every page works without it.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector, within = document) => within.querySelector(selector);
  root.classList.add("scripted");

  const announce = (words) => {
    const place = one("#announce");
    if (place) place.textContent = words;
  };

  // ---- Times: words that stay fresh, and the reader's own zone on hover ----

  const UNITS = [[31536000, "y"], [2592000, "mo"], [604800, "w"], [86400, "d"], [3600, "h"], [60, "m"], [1, "s"]];
  const FLOOR = { w: 1209600, mo: 5184000 }; // days up to two weeks, weeks up to two months
  // That of the reader's profile, which a browser may not know yet; else its own.
  const zoned = (options) => {
    try {
      return new Intl.DateTimeFormat(undefined, { ...options, timeZone: root.dataset.zone });
    } catch {
      return new Intl.DateTimeFormat(undefined, options);
    }
  };
  const inZone = zoned({
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
  });
  // The server's clock decides what "ago" means: a reader's clock may be wrong.
  const loaded = performance.now();
  const now = () => Number(root.dataset.now) + (performance.now() - loaded);

  const span = (seconds) => {
    for (const [length, name] of UNITS) {
      if (seconds >= (FLOOR[name] ?? length)) return Math.floor(seconds / length) + name;
    }
    return "0s";
  };
  const freshen = (within = document) => {
    for (const time of all("time[datetime]", within)) {
      const at = Date.parse(time.dateTime);
      if (Number.isNaN(at)) continue;
      if (!time.dataset.zoned) {
        time.title = inZone.format(at) + "\n" + time.title;
        time.dataset.zoned = "1";
      }
      if (!("ago" in time.dataset) || !root.dataset.now) continue;
      const apart = Math.round((now() - at) / 1000);
      const far = Math.abs(apart);
      time.textContent = far < 10 ? "just now" : apart > 0 ? span(far) + " ago" : "in " + span(far);
    }
  };
  setInterval(() => document.hidden || freshen(), 30000);

  // ---- Copying ----

  const copied = (button, worked) => {
    announce(worked ? "Copied" : "Could not copy");
    const last = button.lastChild;
    const label = last?.nodeType === Node.TEXT_NODE ? last : last?.firstChild;
    if (label?.nodeType !== Node.TEXT_NODE || button.dataset.label) return;
    button.dataset.label = label.textContent;
    label.textContent = worked ? "Copied" : "Not copied";
    setTimeout(() => {
      label.textContent = button.dataset.label;
      delete button.dataset.label;
    }, 1500);
  };
  const put = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Pages that are served over plain http have no clipboard: go by way of a selection.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const worked = document.execCommand("copy");
    area.remove();
    if (!worked) throw new Error("copying was refused");
  };
  const copy = async (button) => {
    try {
      const { copy: from, copyText, copyUrl } = button.dataset;
      let text = copyText ?? one(from ?? "#none")?.textContent ?? "";
      if (copyUrl) {
        const answer = await fetch(copyUrl);
        if (!answer.ok) throw new Error("no answer");
        text = await answer.text();
      }
      await put(text);
      copied(button, true);
    } catch {
      copied(button, false);
    }
  };

  // ---- Sections that stay as the reader left them ----

  const KEY = "tocsin.sections";
  const sections = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  };
  const restore = (within = document) => {
    const kept = sections();
    for (const section of all("details[data-remember]", within)) {
      if (section.id in kept && "#" + section.id !== location.hash) section.open = kept[section.id];
    }
  };
  document.addEventListener("toggle", (event) => {
    const section = event.target;
    if (!(section instanceof HTMLDetailsElement)) return;
    if ("remember" in section.dataset) {
      try {
        localStorage.setItem(KEY, JSON.stringify({ ...sections(), [section.id]: section.open }));
      } catch {
        // A reader who forbids storage gets the usual sections.
      }
    }
    // One menu at a time.
    if (section.open && section.matches(".menu, .confirm")) {
      for (const other of all("details.menu[open], details.confirm[open]")) {
        if (other !== section && !other.contains(section)) other.open = false;
      }
    }
  }, true);

  // A link to a section opens it.
  const unfold = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", unfold);

  // ---- Texts of lines: numbers beside them, and errors that lead to their line ----

  const number = (area) => {
    const gutter = area.previousElementSibling;
    const wrong = new Set((area.dataset.wrongLines ?? "").split(" ").filter(Boolean).map(Number));
    const count = Math.min(area.value.split("\n").length, 5000);
    gutter.replaceChildren(...Array.from({ length: count }, (_, index) => {
      const line = document.createElement(wrong.has(index + 1) ? "b" : "span");
      line.textContent = index + 1 + "\n";
      return line;
    }));
    gutter.scrollTop = area.scrollTop;
  };
  const edit = (within = document) => {
    for (const area of all("textarea[data-editor]", within)) {
      if (area.parentElement.classList.contains("editor")) continue;
      const box = document.createElement("div");
      const gutter = document.createElement("pre");
      box.className = "editor";
      gutter.className = "gutter";
      gutter.setAttribute("aria-hidden", "true");
      area.replaceWith(box);
      box.append(gutter, area);
      area.addEventListener("input", () => number(area));
      area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
      number(area);
    }
  };
  /** Puts the caret where an error says, and shows that line. */
  const goTo = (area, line, column) => {
    const lines = area.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const end = before + (lines[line - 1] ?? "").length;
    area.focus();
    area.setSelectionRange(Math.min(before + column - 1, end), end);
    area.scrollTop = Math.max(0, (line - 3) * 20);
    area.scrollIntoView({ block: "center" });
  };

  // ---- Selecting issues ----

  const picks = () => all("#bulk .pick input[name='issue[]']");
  const count = () => {
    const chosen = picks().filter((pick) => pick.checked).length;
    for (const place of all("[data-selected-count]")) place.textContent = chosen + " selected";
    const head = one("[data-select-all]");
    if (head) {
      head.checked = chosen > 0 && chosen === picks().length;
      head.indeterminate = chosen > 0 && !head.checked;
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) {
      for (const pick of picks()) pick.checked = event.target.checked;
    }
    if (event.target.closest("#bulk")) count();
  });

  // ---- A slug made from the name, until the reader writes one ----

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.matches("[data-slug]")) field.dataset.own = "1";
    const slug = field.matches("[data-slug-source]") && one("[data-slug]");
    if (slug && !slug.dataset.own) {
      slug.placeholder = field.value.normalize("NFKD").toLowerCase().replace(/[^a-z0-9_]+/g, "-").replace(/^-+|-+$/g, "") || "made from the name";
    }
  });

  // ---- Clicks ----

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-text], [data-copy-url]");
    if (button) {
      event.preventDefault();
      copy(button);
    }
    const place = event.target.closest("a[data-at-line]");
    const area = place && document.getElementById(place.hash.slice(1));
    if (area instanceof HTMLTextAreaElement) {
      event.preventDefault();
      goTo(area, Number(place.dataset.atLine), Number(place.dataset.atColumn));
    }
    if (event.target.closest("[data-show-keys]")) one("#keys")?.showModal();
    for (const menu of all("details.menu[open], details.confirm[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // ---- Keyboard ----

  const rows = () => all("[data-row]");
  const current = () => rows().findIndex((row) => row.classList.contains("current"));
  const move = (by) => {
    const list = rows();
    if (list.length === 0) {
      one(by > 0 ? "[data-next]" : "[data-previous]")?.click();
      return;
    }
    const to = Math.min(Math.max(current() + by, 0), list.length - 1);
    list.forEach((row, index) => row.classList.toggle("current", index === to));
    list[to].scrollIntoView({ block: "nearest" });
    one("a", list[to])?.focus({ preventScroll: true });
  };
  /** The current row alone, unless some are selected already. */
  const act = (name, value) => {
    const row = rows()[current()];
    const pick = row && one("input[name='issue[]']", row);
    if (pick && !picks().some((other) => other.checked)) pick.checked = true;
    if (picks().some((other) => other.checked)) one(`#bulk button[name=${name}][value=${value}]`)?.click();
  };
  /** Presses the page's own button for a key, if it has one. */
  const press = (key) => {
    const button = one(`[data-key=${key}]`);
    button?.click();
    return Boolean(button);
  };
  const keys = {
    "/": () => { const field = one("[data-search]"); field?.focus(); field?.select(); },
    "?": () => one("#keys")?.showModal(),
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const pick = rows()[current()] && one("input[name='issue[]']", rows()[current()]);
      if (pick) { pick.checked = !pick.checked; count(); }
    },
    Enter: () => rows()[current()] && one("a", rows()[current()])?.click(),
    r: () => press("r") || act("status", "resolved"),
    a: () => press("a") || act("status", "ignored"),
    m: () => press("m") || act("assignee", "me"),
    v: () => press("v") || act("review", "off"),
  };
  document.addEventListener("keydown", (event) => {
    // A dialog that was closed just now keeps the focus until the page is drawn again.
    const target = event.target.closest?.("dialog:not([open])") ? document.body : event.target;
    if (event.key === "Escape") {
      const menu = target.closest?.("details.menu[open], details.confirm[open]");
      if (menu) { menu.open = false; one("summary", menu).focus(); }
      const drawer = one("#drawer");
      if (drawer) drawer.checked = false;
      if (target.matches?.("[data-search]")) target.blur();
      return;
    }
    const typing = target.closest?.("input:not([type=checkbox]), select, textarea, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const label = target.closest?.(".drawer-open");
    if (label && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); label.click(); return; }
    // A box in a list is no reason to press the first button of its form.
    if (event.key === "Enter" && target.matches?.("#bulk input[type=checkbox]")) { event.preventDefault(); return; }
    // What has the focus keeps its own Enter.
    if (event.key === "Enter" && target.closest?.("a, button, summary, input")) return;
    const action = keys[event.key];
    if (action) { event.preventDefault(); action(); }
  });

  // ---- The place in a list, kept while its issues are worked off: the next one takes the place of one that is gone ----

  const PLACE = "tocsin.place";
  const list = () => one("#bulk");
  addEventListener("pagehide", () => {
    const at = list() ? current() : -1;
    if (at < 0) return;
    try {
      sessionStorage.setItem(PLACE, JSON.stringify({ url: location.href, at, id: rows()[at].dataset.issueId }));
    } catch {
      // A reader who forbids storage begins at the first row.
    }
  });
  const resume = () => {
    if (!list()) return;
    let place;
    try {
      place = JSON.parse(sessionStorage.getItem(PLACE));
    } catch {
      return;
    }
    if (!place || place.url !== location.href || rows().length === 0) return;
    const same = rows().findIndex((row) => row.dataset.issueId === place.id);
    const at = same < 0 ? Math.min(place.at, rows().length - 1) : same;
    rows()[at].classList.add("current");
    rows()[at].scrollIntoView({ block: "nearest" });
    if (document.activeElement === document.body) one("a", rows()[at])?.focus({ preventScroll: true });
  };

  // ---- A list that stays fresh: its numbers change, its rows keep their places, and what is new is only counted ----

  const EVERY = 10000;
  const told = { resolved: "Resolved meanwhile", ignored: "Archived meanwhile", unresolved: "Open again", gone: "Deleted meanwhile" };
  const tally = (cell, [short, exact]) => {
    const text = document.createElement("span");
    text.textContent = short;
    if (short !== exact) text.title = exact;
    if (cell.textContent.trim() !== short) cell.replaceChildren(text);
  };
  const refresh = (row, news) => {
    if (news) {
      tally(one("[data-live-events]", row), news.events);
      tally(one("[data-live-users]", row), news.users);
      const seen = one("[data-live-seen] time", row);
      if (seen && seen.dateTime !== news.last_seen) {
        seen.dateTime = news.last_seen;
        seen.title = news.last_seen;
        delete seen.dataset.zoned;
      }
    }
    const status = news?.status ?? "gone";
    const badge = one(".meanwhile", row);
    if (status === row.dataset.status) {
      badge?.remove();
    } else if (badge?.textContent !== told[status]) {
      badge?.remove();
      const word = document.createElement("span");
      word.className = "badge badge-muted meanwhile";
      word.textContent = told[status];
      one(".under", row)?.prepend(word);
    }
    row.classList.toggle("done", status !== "unresolved");
  };
  const watch = () => {
    const bar = one("[data-live]");
    if (!bar) return;
    let waiting = false;
    const ask = async () => {
      if (document.hidden || waiting) return;
      waiting = true;
      try {
        const shown = rows().map((row) => row.dataset.issueId).join(",");
        const answer = await fetch(`${bar.dataset.live}&shown=${shown}`, { headers: { accept: "application/json" } });
        if (!answer.ok) return;
        const news = await answer.json();
        const known = new Map(news.rows.map((row) => [row.id, row]));
        for (const row of rows()) refresh(row, known.get(row.dataset.issueId));
        freshen(list() ?? document);
        const link = one("a", bar);
        const words = news.new === 1 ? "1 other issue has come up" : `${news.new} other issues have come up`;
        if (news.new > 0 && link.textContent !== words + ": show") link.textContent = words + ": show";
        bar.hidden = news.new === 0;
      } catch {
        // Without a connection the list stays as it is.
      } finally {
        waiting = false;
      }
    };
    setInterval(ask, EVERY);
    document.addEventListener("visibilitychange", ask);
  };

  // ---- Search bars: what could be typed, in a list under them ----

  const offer = (field) => {
    if (field.dataset.offering) return;
    field.dataset.offering = "1";
    const list = document.createElement("ul");
    list.className = "offers";
    list.id = field.id + "-offers";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "What could be typed");
    field.parentElement.append(list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) field.setAttribute(name, value);
    let offers = { items: [] };
    let active = -1;
    let waiting;
    let asked = 0;

    const close = () => {
      list.hidden = true;
      active = -1;
      asked += 1;
      clearTimeout(waiting);
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    };
    const activate = (index) => {
      active = index;
      all("li", list).forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
      const item = list.children[index];
      if (item) {
        field.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      } else {
        field.removeAttribute("aria-activedescendant");
      }
    };
    const show = (answer) => {
      offers = answer;
      list.replaceChildren(...answer.items.map((offer, index) => {
        const item = document.createElement("li");
        const text = document.createElement("code");
        const detail = document.createElement("span");
        item.id = `${list.id}-${index}`;
        item.setAttribute("role", "option");
        text.textContent = offer.text;
        text.dir = "auto";
        detail.textContent = offer.detail;
        detail.className = "muted";
        item.append(text, detail);
        return item;
      }));
      list.hidden = answer.items.length === 0;
      field.setAttribute("aria-expanded", String(!list.hidden));
      activate(-1);
    };
    // The server counts characters, a browser the halves of some of them.
    const place = () => [...field.value.slice(0, field.selectionStart)].length;
    const ask = async () => {
      const mine = ++asked;
      try {
        const url = `${field.dataset.complete}&text=${encodeURIComponent(field.value)}&cursor=${place()}`;
        const answer = await fetch(url, { headers: { accept: "application/json" } });
        const found = answer.ok ? await answer.json() : { items: [] };
        if (mine === asked && document.activeElement === field) show(found);
      } catch {
        // A reader without a connection types without help.
      }
    };
    const choose = (index) => {
      const chosen = offers.items[index];
      const chars = [...field.value];
      const before = chars.slice(0, offers.start).join("");
      const after = chars.slice(offers.end).join("").replace(/^ /, "");
      // Behind a key comes its value, behind a value the next word.
      const text = chosen.text + (chosen.text.endsWith(":") ? "" : " ");
      field.value = before + text + after;
      const at = before.length + text.length;
      field.focus();
      field.setSelectionRange(at, at);
      close();
      ask();
    };

    field.addEventListener("input", () => { clearTimeout(waiting); asked += 1; waiting = setTimeout(ask, 120); });
    field.addEventListener("blur", close);
    field.addEventListener("keydown", (event) => {
      if (list.hidden) {
        if (event.key === "ArrowDown") { event.preventDefault(); ask(); }
        return;
      }
      const last = offers.items.length - 1;
      if (event.key === "ArrowDown") activate(active >= last ? 0 : active + 1);
      else if (event.key === "ArrowUp") activate(active <= 0 ? last : active - 1);
      else if (event.key === "Escape") close();
      else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) choose(active);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    // Before the field loses the focus.
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const item = event.target.closest("li");
      if (item) choose([...list.children].indexOf(item));
    });
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
  });

  // ---- Charts that are read with the pointer ----

  const short = (value, unit) => {
    const number = (amount) => new Intl.NumberFormat("en", { notation: Math.abs(amount) >= 10000 ? "compact" : "standard", maximumSignificantDigits: 4 }).format(amount);
    if (unit === "share") return number(value * 100) + "%";
    if (unit === "per second") return number(value) + "/s";
    if (unit === "per minute") return number(value) + "/min";
    if (unit !== "duration") return number(value);
    for (const [length, name] of [[86400000, "d"], [3600000, "h"], [60000, "min"], [1000, "s"]]) {
      if (Math.abs(value) >= length) return number(value / length) + " " + name;
    }
    return number(value) + " ms";
  };
  const dayOf = zoned({ month: "short", day: "numeric" });
  const hourOf = zoned({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const tickWords = (seconds, index, ticks) => {
    const at = seconds * 1000;
    const isNewDay = index === 0 || dayOf.format(ticks[index - 1] * 1000) !== dayOf.format(at);
    return isNewDay ? dayOf.format(at) + (hourOf.format(at) === "00:00" ? "" : "\n" + hourOf.format(at)) : hourOf.format(at);
  };
  /** Values without a neighbour, which no line would show. */
  const alone = (values) => values.flatMap((value, at) => (value != null && values[at - 1] == null && values[at + 1] == null ? [at] : []));
  const draw = (place) => {
    const { times, unit, lines } = JSON.parse(place.dataset.chart);
    const reading = document.createElement("p");
    reading.className = "reading";
    const colours = lines.map((_, index) => {
      const probe = document.createElement("i");
      probe.className = "swatch line-" + index;
      place.append(probe);
      const colour = getComputedStyle(probe).backgroundColor;
      probe.remove();
      return colour;
    });
    const style = getComputedStyle(place);
    const root = getComputedStyle(document.documentElement);
    const grid = { stroke: style.color, grid: { stroke: "rgba(128,128,140,0.18)", width: 1 }, ticks: { show: false }, font: "12px " + root.getPropertyValue("--sans") };
    place.replaceChildren();
    place.classList.add("drawn");
    place.after(reading);
    const read = (plot) => {
      const at = plot.cursor.idx;
      reading.textContent = at == null ? "" : [inZone.format(times[at] * 1000), ...lines.map((line) => `${line.label} ${line.values[at] == null ? "–" : short(line.values[at], unit)}`)].join(" · ");
    };
    const plot = new uPlot({
      width: place.clientWidth,
      height: 212,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.05 : 1] } },
      axes: [{ ...grid, values: (_, ticks) => ticks.map(tickWords) }, { ...grid, size: 64, values: (_, ticks) => ticks.map((tick) => short(tick, unit)) }],
      series: [{}, ...lines.map((line, index) => ({ label: line.label, stroke: colours[index], width: 1.5, points: { show: true, size: 5, filter: (_, at) => alone(lines[at - 1].values) } }))],
      hooks: { setCursor: [read] },
    }, [times, ...lines.map((line) => line.values)], place);
    new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 212 })).observe(place);
  };
  // The drawing script is another file, which has run by then.
  document.addEventListener("DOMContentLoaded", () => {
    if (window.uPlot) all("[data-chart]").forEach(draw);
  });

  // Browsers that can show notifications offer it; the server learns where to send them to.
  const offerPush = (form) => {
    if (!("serviceWorker" in navigator && "PushManager" in window)) return;
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.endpoint.value) return;
      event.preventDefault();
      const say = (words) => { one("[role=status]", form).textContent = words; };
      navigator.serviceWorker.register("/push-worker.js")
        .then(() => navigator.serviceWorker.ready)
        .then((worker) => worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: form.dataset.pushKey }))
        .then((browser) => {
          const { endpoint, keys } = browser.toJSON();
          form.elements.endpoint.value = endpoint;
          form.elements.p256dh.value = keys.p256dh;
          form.elements.auth.value = keys.auth;
          form.submit();
        })
        .catch(() => say("The browser did not allow it. Look at its settings for this site."));
    });
  };
  all("[data-push-key]").forEach(offerPush);

  const start = (within) => { freshen(within); restore(within); edit(within); all("[data-complete]", within).forEach(offer); };
  start(document);
  // On a phone the pages of settings stand in one row: the current one is seen.
  one(".side-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  unfold();
  count();
  resume();
  watch();
  document.addEventListener("htmx:afterSwap", (event) => start(event.detail.target?.parentNode ?? document));
})();
