//! `/js-sdk-loader/{key}[.min].js`: a script that waits for the first error, and only then loads the SDK for browsers.

use axum::{extract::State, response::Response};
use httpkit::{ApiError, PathParams};
use protocol::PublicKey;
use serde::Serialize;
use serde_json::{Map, Value, json};
use services::{
    App,
    sdk_loader::{self, Loader},
};

use crate::script;

const LOADER: &str = include_str!("loader.js");

/// What a page gets whose key takes nothing: what it calls is there, and does nothing.
const NOTHING: &str = include_str!("nothing.js");

/// An hour in browsers; a minute in caches that can be asked to forget. While the server is away, an old one is better
/// than none.
const CACHE: &str = "public, max-age=3600, s-maxage=60, stale-while-revalidate=315360000, stale-if-error=315360000";

/// A key that is not known may be in a minute.
const SHORT_CACHE: &str = "public, max-age=60";

/// What the script needs to know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    bundle: String,
    /// Load at the first error instead of with the page: what measures or records pages has to be there from the start.
    lazy: bool,
    options: Map<String, Value>,
    /// Functions of the SDK whose results are integrations.
    integrations: Vec<&'static str>,
    /// The same for versions that have classes instead.
    classes: Vec<&'static str>,
}

/// `GET /js-sdk-loader/{key}.js` and `{key}.min.js`, which are the same.
pub(crate) async fn show_script(State(app): State<App>, path: PathParams) -> Result<Response, ApiError> {
    let name = path.get("script")?;
    let key = name.strip_suffix(".js").ok_or_else(ApiError::not_found)?;
    let key = key.strip_suffix(".min").unwrap_or(key);
    let loader = match key.parse::<PublicKey>() {
        Ok(key) => sdk_loader::find(&app, &key.to_string()).await?,
        Err(_) => None,
    };
    Ok(match loader {
        Some(loader) => script::response(script::with_data(LOADER, &data(loader)), CACHE),
        None => script::response(NOTHING.to_owned(), SHORT_CACHE),
    })
}

fn data(loader: Loader) -> Data {
    let Loader {
        dsn,
        bundle,
        major,
        options: wanted,
    } = loader;
    let mut options = Map::new();
    let mut set = |name: &str, value: Value| options.insert(name.to_owned(), value);
    set("dsn", dsn.into());
    if wanted.debug {
        set("debug", true.into());
    }
    let (mut integrations, mut classes) = (Vec::new(), Vec::new());
    if wanted.performance {
        set("tracesSampleRate", json!(1.0));
        integrations.push("browserTracingIntegration");
        classes.push("BrowserTracing");
    }
    if wanted.replay {
        set("replaysSessionSampleRate", json!(0.1));
        set("replaysOnErrorSampleRate", json!(1.0));
        integrations.push("replayIntegration");
        classes.push("Replay");
    }
    if wanted.feedback {
        integrations.push("feedbackIntegration");
        classes.push("Feedback");
    }
    if wanted.logs_and_metrics {
        set("enableLogs", true.into());
    }
    Data {
        bundle,
        lazy: !(wanted.performance || wanted.replay || wanted.feedback),
        options,
        // The functions came with version 8; 7 has both, and its functions are incomplete.
        integrations: if major >= 8 { integrations } else { Vec::new() },
        classes: if major >= 8 { Vec::new() } else { classes },
    }
}
