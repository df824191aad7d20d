// Keeps errors and calls of a page until the SDK is there, and loads the SDK when the first error comes.
(function (window, document, data) {
  "use strict";

  var MOST_KEPT = 100; // an endless loop of errors must not fill the memory

  var own = document.currentScript;
  var nonce = own && (own.nonce || own.getAttribute("nonce"));
  var wish = own && own.getAttribute("data-lazy");
  var lazy = wish === "no" ? false : wish === "yes" || data.lazy;

  var kept = [];
  var callbacks = [];
  var started = false;
  var ready = false;

  function keep(entry) {
    if (kept.length < MOST_KEPT) {
      kept.push(entry);
    }
  }

  // Errors and rejections that nobody caught.

  function onError(event) {
    // Failed images and scripts are told without an error; they are not the SDK's business.
    if (event.error === undefined && !event.message) {
      return;
    }
    keep({ error: event });
    load();
  }

  function onRejection(event) {
    keep({ rejection: event });
    load();
  }

  window.addEventListener("error", onError);
  window.addEventListener("unhandledrejection", onRejection);

  // What pages call before the SDK is there.

  var sentry = (window.Sentry = window.Sentry || {});

  sentry.onLoad = function (callback) {
    if (ready) {
      callback();
      return;
    }
    callbacks.push(callback);
    if (!lazy) {
      load();
    }
  };

  sentry.forceLoad = function () {
    // After the rest of the page's script, in which more may be set up.
    setTimeout(load);
  };

  sentry.init = function (options) {
    callbacks.push(function () {
      window.Sentry.init(options);
    });
    if (!lazy) {
      load();
    }
  };

  function stub(name, loads) {
    sentry[name] = function () {
      keep({ call: name, args: arguments });
      if (loads) {
        load();
      }
    };
  }

  ["captureException", "captureMessage", "captureEvent", "showReportDialog"].forEach(function (name) {
    stub(name, true);
  });
  [
    "addBreadcrumb",
    "configureScope",
    "setContext",
    "setExtra",
    "setExtras",
    "setTag",
    "setTags",
    "setUser",
    "withScope",
  ].forEach(function (name) {
    stub(name, false);
  });

  // Loading.

  function load() {
    if (started) {
      return;
    }
    started = true;
    var script = document.createElement("script");
    script.src = data.bundle;
    script.crossOrigin = "anonymous";
    script.async = true;
    if (nonce) {
      script.nonce = nonce;
    }
    script.addEventListener("load", begin, { once: true });
    script.addEventListener("error", function () {
      // Blocked, or away: another error may try again.
      started = false;
      script.remove();
    });
    (document.head || document.documentElement).appendChild(script);
  }

  function integrations(sdk, given) {
    if (Array.isArray(given) || typeof given === "function") {
      return given; // the page knows better
    }
    var made = data.integrations.map(function (name) {
      return typeof sdk[name] === "function" ? sdk[name]() : null;
    });
    data.classes.forEach(function (name) {
      made.push(typeof sdk[name] === "function" ? new sdk[name]() : null);
    });
    return made.filter(Boolean);
  }

  function begin() {
    var sdk = window.Sentry;
    if (!sdk || sdk === sentry || typeof sdk.init !== "function") {
      return;
    }
    var initialized = false;
    var init = sdk.init;
    sdk.init = function (given) {
      initialized = true;
      var options = {};
      [data.options, given || {}].forEach(function (source) {
        Object.keys(source).forEach(function (key) {
          options[key] = source[key];
        });
      });
      options.integrations = integrations(sdk, options.integrations);
      return init.call(sdk, options);
    };
    ready = true;
    window.removeEventListener("error", onError);
    window.removeEventListener("unhandledrejection", onRejection);
    if (typeof window.sentryOnLoad === "function") {
      attempt(window.sentryOnLoad);
    }
    callbacks.splice(0).forEach(attempt);
    if (!initialized) {
      sdk.init();
    }
    kept.splice(0).forEach(function (entry) {
      attempt(function () {
        replay(sdk, entry);
      });
    });
  }

  // A fault of one callback must not keep the others from running.
  function attempt(callback) {
    try {
      callback();
    } catch (error) {
      console.error(error);
    }
  }

  function replay(sdk, entry) {
    if (entry.call) {
      if (typeof sdk[entry.call] === "function") {
        sdk[entry.call].apply(sdk, entry.args);
      }
    } else if (entry.error) {
      replayError(sdk, entry.error);
    } else {
      var reason = entry.rejection.reason;
      sdk.captureException(reason === undefined ? "Unhandled rejection without a reason" : reason, {
        mechanism: { type: "onunhandledrejection", handled: false },
      });
    }
  }

  function replayError(sdk, event) {
    var mechanism = { type: "onerror", handled: false };
    if (event.error !== undefined && event.error !== null) {
      sdk.captureException(event.error, { mechanism: mechanism });
      return;
    }
    // Scripts of other origins tell no more than this.
    sdk.captureEvent({
      level: "error",
      exception: {
        values: [
          {
            type: "Error",
            value: event.message,
            mechanism: mechanism,
            stacktrace: {
              frames: [
                { filename: event.filename || "?", function: "?", in_app: true, lineno: event.lineno, colno: event.colno },
              ],
            },
          },
        ],
      },
    });
  }

  if (!lazy) {
    setTimeout(load);
  }
})(window, document, __DATA__);
