//! What a user agent says of itself: browser, operating system and device, by the patterns of uap-core and by client
//! hints (`ingest.md` §3.3).

mod hints;
mod patterns;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use protocol::event::{Event, Object};
use serde_json::Value;

/// A browser or an operating system. Parts of the version are texts: not all are numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Product {
    /// As uap-core calls it: `Chrome Mobile`, `IE`, `Mac OS X`.
    pub family: String,
    /// The main part of the version first; at most three.
    pub version: Vec<String>,
}

impl Product {
    pub fn major(&self) -> Option<u64> {
        self.version.first()?.parse().ok()
    }

    pub fn minor(&self) -> Option<u64> {
        self.version.get(1)?.parse().ok()
    }

    /// `17.1`; `None` without a version.
    fn dotted(&self) -> Option<String> {
        (!self.version.is_empty()).then(|| self.version.join("."))
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    pub family: Option<String>,
    pub brand: Option<String>,
    pub model: Option<String>,
}

/// What is known of a user agent; what is not known is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserAgent {
    pub browser: Option<Product>,
    pub os: Option<Product>,
    pub device: Option<Device>,
}

/// Nobody's user agent is longer, and a pattern should not be run over a megabyte.
const MAX_LENGTH: usize = 512;
/// Requests of one program have few user agents; when there are more, those of before are forgotten.
const MAX_CACHED: usize = 1_000;

/// Parses the text of a `User-Agent` header. Results are remembered: an error comes seldom alone.
pub fn parse(text: &str) -> Arc<UserAgent> {
    static CACHE: LazyLock<Mutex<HashMap<String, Arc<UserAgent>>>> = LazyLock::new(Mutex::default);
    let text = &text[..text.floor_char_boundary(MAX_LENGTH)];
    let cache = || CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = cache().get(text) {
        return known.clone();
    }
    let parsed = Arc::new(patterns::parse(text));
    let mut cache = cache();
    if cache.len() >= MAX_CACHED {
        cache.clear();
    }
    cache.insert(text.to_owned(), parsed.clone());
    parsed
}

/// The user agent of the request that the event is about.
pub fn of(event: &Event) -> Option<&str> {
    let header = event.request.as_ref()?.header("User-Agent")?.trim();
    (!header.is_empty()).then_some(header)
}

/// Fills the contexts that the SDK did not send. Hints are of more weight than the user agent, which browsers freeze.
pub(crate) fn normalize(event: &mut Event) {
    let Some(request) = &event.request else { return };
    let hints = hints::of(request);
    let parsed = of(event).map(parse);
    let parsed = parsed.as_deref();
    // In a browser it is the system of the program, elsewhere that of who asked the program.
    let os = if event.platform.as_deref() == Some("javascript") {
        "os"
    } else {
        "client_os"
    };
    let found = [
        (
            "browser",
            hints
                .browser
                .or_else(|| product("browser", parsed?.browser.as_ref()?, Product::dotted)),
        ),
        ("device", hints.device.or_else(|| device(parsed?.device.as_ref()?))),
        (os, hints.os.or_else(|| product("os", parsed?.os.as_ref()?, os_version))),
    ];
    for (name, context) in found {
        if let Some(context) = context
            && !event.contexts.contains_key(name)
        {
            event.contexts.insert(name.to_owned(), Value::Object(context));
        }
    }
}

fn product(kind: &str, product: &Product, version: fn(&Product) -> Option<String>) -> Option<Object> {
    (product.family != "Other").then(|| named(kind, product.family.clone(), version(product)))
}

/// A context of the kind, with name and version, and both in one.
fn named(kind: &str, name: String, version: Option<String>) -> Object {
    let mut context = Object::new();
    let both = match &version {
        Some(version) => format!("{name} {version}"),
        None => name.clone(),
    };
    context.insert(kind.to_owned(), Value::String(both));
    context.insert("name".to_owned(), Value::String(name));
    if let Some(version) = version {
        context.insert("version".to_owned(), Value::String(version));
    }
    context.insert("type".to_owned(), Value::from(kind));
    context
}

/// Browsers stopped at these versions: a newer one says the same.
fn os_version(os: &Product) -> Option<String> {
    let version = os.dotted()?;
    let frozen = match os.family.as_str() {
        "Mac OS X" => version == "10.15.7",
        "Windows" => os.major().is_some_and(|major| major >= 10),
        _ => false,
    };
    Some(if frozen { format!(">={version}") } else { version })
}

fn device(device: &Device) -> Option<Object> {
    if device.family.as_deref() == Some("Other") {
        return None;
    }
    let mut context = Object::new();
    for (name, text) in [
        ("family", &device.family),
        ("model", &device.model),
        ("brand", &device.brand),
    ] {
        if let Some(text) = text {
            context.insert(name.to_owned(), Value::String(text.clone()));
        }
    }
    context.insert("type".to_owned(), Value::from("device"));
    Some(context)
}

#[cfg(test)]
mod tests;
