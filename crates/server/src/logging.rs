//! Structured logs on standard error: a line an event, dotted fields, no payloads or secrets.

use tracing_subscriber::{Layer as _, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{Config, LogFormat};

/// Commands beside `serve` say on their own what happens, and log only what goes wrong.
pub(crate) fn start(config: &Config, serving: bool) {
    let filter: Targets = if serving { &config.log } else { "error" }
        .parse()
        .expect("checked when loaded");
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    let layer = match config.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).init();
}
