// Sends an exception, a chained one and a message with everything that a scope can hold.
const Sentry = require("@sentry/node");

const [dsn, marker] = process.argv.slice(2);
Sentry.init({
  dsn, release: "shop@1.4.2", environment: "staging", tracesSampleRate: 1.0, serverName: "web-1", sendDefaultPii: true,
});

function charge(amount) {
  const balance = 5;
  if (balance < amount) throw new RangeError(`balance too low for ${amount} (${marker})`);
}

async function main() {
  Sentry.setUser({ id: "42", username: "ada", email: "ada@example.com", ip_address: "203.0.113.7" });
  Sentry.setTag("plan", "gold");
  Sentry.setTag("marker", marker);
  Sentry.setContext("cart", { items: 3, currency: "EUR" });
  Sentry.setExtra("attempt", 2);
  Sentry.addBreadcrumb({ category: "ui.click", message: "Buy", level: "info", data: { button: "buy" } });
  Sentry.addBreadcrumb({ category: "http", type: "http", data: { method: "POST", url: "/pay", status_code: 502 } });
  Sentry.startSpan({ op: "task", name: "checkout" }, () => {
    try {
      try {
        charge(20);
      } catch (low) {
        throw new Error(`checkout failed (${marker})`, { cause: low });
      }
    } catch (error) {
      console.log(Sentry.captureException(error));
    }
    console.log(Sentry.captureMessage(`stock is low (${marker})`, "warning"));
  });
  if (!(await Sentry.flush(20000))) process.exit(1);
}

main();
