use serde::Deserialize;

use crate::corpus;

/// What `tocsin setup` is told to create.
#[derive(Debug, Clone)]
pub struct Setup {
    pub organization: String,
    pub project: String,
    pub email: String,
    pub password: String,
    pub platform: Option<String>,
    pub project_id: Option<u64>,
    pub public_key: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            organization: corpus::ORGANIZATION.to_owned(),
            project: corpus::PROJECT.to_owned(),
            email: "admin@example.com".to_owned(),
            password: "correct horse battery".to_owned(),
            platform: None,
            project_id: None,
            public_key: None,
        }
    }
}

impl Setup {
    /// The project that recorded requests are addressed to.
    pub fn for_corpus() -> Self {
        let public_key = Some(corpus::PUBLIC_KEY.to_owned());
        Self {
            project_id: Some(corpus::PROJECT_ID),
            public_key,
            ..Self::default()
        }
    }

    pub(super) fn arguments(&self) -> Vec<String> {
        let options = [
            ("--org", Some(self.organization.clone())),
            ("--project", Some(self.project.clone())),
            ("--email", Some(self.email.clone())),
            ("--password", Some(self.password.clone())),
            ("--platform", self.platform.clone()),
            ("--project-id", self.project_id.map(|id| id.to_string())),
            ("--public-key", self.public_key.clone()),
        ];
        let given = options
            .into_iter()
            .filter_map(|(name, value)| Some([name.to_owned(), value?]));
        ["setup".to_owned(), "--json".to_owned()]
            .into_iter()
            .chain(given.flatten())
            .collect()
    }
}

/// What `tocsin setup --json` answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Installation {
    pub url: String,
    pub organization: String,
    pub project: String,
    /// A number or text, as the program prints it.
    pub project_id: serde_json::Value,
    pub dsn: String,
    pub public_key: String,
    pub email: String,
    pub auth_token: String,
}
