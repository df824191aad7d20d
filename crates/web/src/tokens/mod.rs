//! API tokens of the signed-in user.

use askama::Template;
use model::Timestamp;

use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    shell::{Part, Shell},
    time::Ago,
    urls,
};

/// The tokens that the user has made, and a form for another.
#[derive(Debug, Template)]
#[template(path = "tokens/list.html")]
pub(crate) struct TokensPage {
    pub(crate) shell: Shell,
    pub(crate) tokens: Vec<TokenRow>,
    /// A token that was just made: shown this once.
    pub(crate) created: Option<String>,
    /// What the form for another token holds.
    pub(crate) name: String,
    pub(crate) scopes: Vec<ScopeChoice>,
    pub(crate) errors: FormErrors,
}

#[derive(Debug)]
pub(crate) struct TokenRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// The last characters, enough to tell tokens apart.
    pub(crate) last_characters: String,
    pub(crate) scopes: String,
    pub(crate) created: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct ScopeChoice {
    pub(crate) name: String,
    pub(crate) is_chosen: bool,
}

impl TokenRow {
    fn revoke(&self) -> String {
        format!("{}{}/revoke/", urls::TOKENS, self.id)
    }
}

impl TokensPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let scopes = ["org:read", "project:read", "project:write", "project:releases", "event:read", "event:write"];
        let page = |tokens, created: Option<&str>| Self {
            shell: gallery::shell(Part::Settings, "API tokens", urls::TOKENS),
            tokens,
            created: created.map(str::to_owned),
            name: String::new(),
            scopes: scopes.map(|name| ScopeChoice { name: name.to_owned(), is_chosen: name.ends_with("read") }).into(),
            errors: FormErrors::default(),
        };
        let row = |id: i64, name: &str, last_used| TokenRow {
            id,
            name: name.to_owned(),
            last_characters: "9f3c".to_owned(),
            scopes: "event:read, org:read, project:read".to_owned(),
            created: gallery::ago(id * 900_000),
            last_used,
        };
        let typical = vec![row(1, "setup", Some(gallery::ago(65))), row(2, "release pipeline", None)];
        vec![
            Sample::new("tokens-empty", &page(Vec::new(), None)),
            Sample::new("tokens-created", &page(typical, Some("sntryu_2f6c1c2ad5e84e7ca9ff6a7a6d2c0f1e5b3d7a90c4f8e6b2"))),
            Sample::new("tokens-hostile", &page(vec![row(1, gallery::HOSTILE, None)], None)),
            Sample::new("tokens-huge", &page((1..200).map(|id| row(id, "job", None)).collect(), None)),
        ]
    }
}
