// No project takes events with this key (any longer): what the page calls is there, and does nothing.
(function (window) {
  "use strict";
  if (window.Sentry) {
    return;
  }
  var names =
    "addBreadcrumb captureEvent captureException captureMessage configureScope forceLoad init onLoad setContext setExtra " +
    "setExtras setTag setTags setUser showReportDialog withScope";
  window.Sentry = {};
  names.split(" ").forEach(function (name) {
    window.Sentry[name] = function () {};
  });
})(window);
