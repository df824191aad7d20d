// Sends an item of every kind that the SDK knows; prints, as JSON, what it is told by.
const Sentry = require("@sentry/node");

const [dsn, marker] = process.argv.slice(2);
Sentry.init({
  dsn, release: "shop@1.4.2", environment: "staging", tracesSampleRate: 1.0, enableLogs: true,
  beforeSend: (event) => (event.message === "unwanted" ? null : event),
});

async function main() {
  const told = {};
  Sentry.withScope((scope) => {
    scope.addAttachment({ data: new Uint8Array([108, 111, 103, 10, 0, 255]), filename: "app.log", contentType: "text/plain" });
    told.event = Sentry.captureMessage(`with a file (${marker})`, "error");
  });
  Sentry.startSpan({ op: "task", name: `pay-${marker}` }, (span) => {
    told.trace = span.spanContext().traceId;
    for (let number = 0; number < 3; number += 1) {
      Sentry.startSpan({ op: "db.query", name: `SELECT ${number}` }, () => {});
    }
  });
  told.feedback = Sentry.captureFeedback({
    message: `It does not work (${marker})`, name: "Ada", email: "ada@example.com", associatedEventId: told.event,
  });
  told.check_in = Sentry.captureCheckIn({ monitorSlug: "nightly", status: "in_progress" });
  Sentry.captureCheckIn({ monitorSlug: "nightly", status: "ok", checkInId: told.check_in, duration: 1.5 });
  Sentry.logger.warn(`stock is low ${marker}`, { shelf: 7 });
  Sentry.metrics.count(`orders.${marker}`, 3);
  Sentry.captureSession();
  Sentry.captureMessage("unwanted");
  // Not closed: what was thrown away is reported when the process ends by itself.
  if (!(await Sentry.flush(20000))) process.exit(1);
  console.log(JSON.stringify(told));
}

main();
