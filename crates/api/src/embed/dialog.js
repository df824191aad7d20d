// The crash-report dialog. It lives in a shadow root, so that neither the page's styles nor its scripts get mixed up
// with it, and uses nothing that a strict Content-Security-Policy forbids: no inline style, no inline handler, no frame.
(function (data) {
  "use strict";

  var CLOSED = "__sentry_reportdialog_closed__"; // what SDKs wait for to call `onClose`

  var STYLE =
    ":host { all: initial }" +
    "dialog { box-sizing: border-box; width: min(34rem, calc(100vw - 2rem)); max-height: calc(100vh - 2rem); overflow: auto;" +
    " padding: 1.5rem; border: 1px solid #8884; border-radius: .75rem; background: Canvas; color: CanvasText;" +
    " color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; box-shadow: 0 1rem 3rem #0006 }" +
    "dialog::backdrop { background: #0008 }" +
    "h2 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.25 }" +
    "p { margin: 0 0 .75rem }" +
    "label { display: block; margin: .75rem 0 .25rem; font-weight: 600 }" +
    "input, textarea { box-sizing: border-box; width: 100%; padding: .5rem .625rem; border: 1px solid #888;" +
    " border-radius: .375rem; background: Field; color: FieldText; font: inherit }" +
    "textarea { min-height: 7rem; resize: vertical }" +
    "[aria-invalid=true] { border-color: #d33; outline: 1px solid #d33 }" +
    "input:focus-visible, textarea:focus-visible, button:focus-visible { outline: 3px solid #5b6ee1; outline-offset: 1px }" +
    ".buttons { display: flex; flex-wrap: wrap; gap: .75rem; justify-content: flex-end; margin-top: 1.25rem }" +
    "button { padding: .5rem 1rem; border: 1px solid #888; border-radius: .375rem; background: ButtonFace;" +
    " color: ButtonText; font: inherit; cursor: pointer }" +
    "button[type=submit] { border-color: #4a3fb5; background: #4a3fb5; color: #fff }" +
    "button:disabled { opacity: .6; cursor: default }" +
    ".error { margin: 1rem 0 0; color: #c22; font-weight: 600 }" +
    "@media (prefers-color-scheme: dark) { .error { color: #f88 } }" +
    "[hidden] { display: none }";

  function element(name, attributes, text) {
    var made = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) {
      made.setAttribute(key, attributes[key]);
    });
    if (text) {
      made.textContent = text;
    }
    return made;
  }

  function styled(root) {
    // A style element falls under `style-src`; a sheet that is made by a script does not.
    if (window.CSSStyleSheet && "replaceSync" in CSSStyleSheet.prototype && "adoptedStyleSheets" in root) {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } else {
      root.appendChild(element("style", {}, STYLE));
    }
  }

  function field(form, name, kind, label, value) {
    form.appendChild(element("label", { for: name }, label));
    var attributes = { id: name, name: name, required: "", "aria-describedby": "error" };
    if (kind === "textarea") {
      attributes.maxlength = "4096";
    } else {
      attributes.type = kind;
      attributes.autocomplete = kind === "email" ? "email" : "name";
    }
    var input = element(kind === "textarea" ? "textarea" : "input", attributes);
    input.value = value || "";
    form.appendChild(input);
    return input;
  }

  function show() {
    var before = document.activeElement;
    var host = element("div", { lang: data.lang, "data-crash-report": "" });
    var root = host.attachShadow({ mode: "open" });
    styled(root);

    var dialog = element("dialog", { "aria-labelledby": "title", "aria-describedby": "explanation" });
    dialog.appendChild(element("h2", { id: "title" }, data.title));
    var explanation = element("p", { id: "explanation" }, (data.subtitle + " " + data.subtitle2).trim());
    dialog.appendChild(explanation);

    var form = element("form", { novalidate: "" });
    var inputs = [
      field(form, "name", "text", data.labelName, data.name),
      field(form, "email", "email", data.labelEmail, data.email),
      field(form, "comments", "textarea", data.labelComments, ""),
    ];
    var error = element("p", { id: "error", class: "error", role: "alert", hidden: "" });
    form.appendChild(error);
    var buttons = element("div", { class: "buttons" });
    var cancel = element("button", { type: "button" }, data.labelClose);
    var send = element("button", { type: "submit" }, data.labelSubmit);
    buttons.appendChild(cancel);
    buttons.appendChild(send);
    form.appendChild(buttons);
    dialog.appendChild(form);
    root.appendChild(dialog);

    function refuse(text, wrong) {
      inputs.forEach(function (input) {
        input.setAttribute("aria-invalid", String(wrong.indexOf(input.name) >= 0));
      });
      error.textContent = text;
      error.hidden = !text;
      var first = inputs.filter(function (input) {
        return wrong.indexOf(input.name) >= 0;
      })[0];
      if (first) {
        first.focus();
      }
    }

    function succeed() {
      var done = element("p", { role: "status", tabindex: "-1" }, data.successMessage);
      var close = element("button", { type: "button" }, data.labelClose);
      close.addEventListener("click", end);
      explanation.remove();
      form.replaceWith(done, close);
      done.focus();
    }

    function end() {
      dialog.close();
    }

    function post() {
      var address = new URL(data.address);
      address.searchParams.set("dsn", data.dsn);
      address.searchParams.set("eventId", data.eventId);
      var body = new URLSearchParams();
      inputs.forEach(function (input) {
        body.set(input.name, input.value);
      });
      return fetch(address.href, { method: "POST", body: body, credentials: "omit", mode: "cors" }).then(function (answer) {
        if (answer.ok) {
          return succeed();
        }
        if (answer.status !== 400) {
          return refuse(data.errorGeneric, []);
        }
        return answer.json().then(function (refused) {
          refuse(data.errorFormEntry, Object.keys(refused.errors || {}));
        });
      });
    }

    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var wrong = inputs.filter(function (input) {
        return !input.value.trim() || !input.validity.valid;
      });
      if (wrong.length) {
        return refuse(
          data.errorFormEntry,
          wrong.map(function (input) {
            return input.name;
          })
        );
      }
      refuse("", []);
      send.disabled = true;
      post()
        .catch(function () {
          refuse(data.errorGeneric, []);
        })
        .then(function () {
          send.disabled = false;
        });
    });
    cancel.addEventListener("click", end);
    // Also after Escape, which closes the dialog by itself.
    dialog.addEventListener("close", function () {
      host.remove();
      if (before && before.focus) {
        before.focus();
      }
      window.postMessage(CLOSED, "*");
    });
    // Keys that the page listens for are none of its business while somebody writes.
    dialog.addEventListener("keydown", function (event) {
      event.stopPropagation();
    });

    document.body.appendChild(host);
    dialog.showModal();
    var empty = inputs.filter(function (input) {
      return !input.value;
    })[0];
    (empty || inputs[2]).focus();
  }

  if (document.body) {
    show();
  } else {
    document.addEventListener("DOMContentLoaded", show);
  }
})(__DATA__);
