//! Client hints: what Chromium's browsers say beside a frozen user agent.

use protocol::event::{Object, Request};
use serde_json::Value;

use super::named;

/// The contexts that hints give.
#[derive(Debug, Default)]
pub(super) struct Hints {
    pub(super) browser: Option<Object>,
    pub(super) os: Option<Object>,
    pub(super) device: Option<Object>,
}

pub(super) fn of(request: &Request) -> Hints {
    let hint = |name: &str| request.header(name).map(unquoted).filter(|text| !text.is_empty());
    Hints {
        browser: request.header("Sec-CH-UA").and_then(browser),
        os: hint("Sec-CH-UA-Platform").map(|name| {
            named(
                "os",
                name.to_owned(),
                hint("Sec-CH-UA-Platform-Version").map(str::to_owned),
            )
        }),
        device: hint("Sec-CH-UA-Model").map(|model| {
            let mut context = Object::new();
            context.insert("model".to_owned(), Value::from(model));
            context.insert("type".to_owned(), Value::from("device"));
            context
        }),
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('"')
}

/// The brand that is neither the engine nor the one that is made up to be skipped:
/// `"Google Chrome";v="120", "Chromium";v="120", "Not?A_Brand";v="24"`.
fn browser(brands: &str) -> Option<Object> {
    brands.split(',').find_map(|brand| {
        let (name, version) = brand.split_once(";v=")?;
        let name = unquoted(name);
        let words = name.replace(|character: char| !character.is_ascii_alphanumeric(), " ");
        let is_made_up = words.contains("Not") && words.ends_with("Brand");
        if name.is_empty() || is_made_up || name.contains("Chromium") {
            return None;
        }
        let name = name.trim_start_matches("Google ");
        Some(named("browser", name.to_owned(), Some(unquoted(version).to_owned())))
    })
}
