use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a trigger does: whom or what it tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricAction {
    /// None until it is saved.
    pub id: i64,
    /// `email`, or the name of the service.
    pub kind: String,
    pub target_type: TargetType,
    /// The id of a user or team, or the name of a channel.
    pub target: Option<String>,
    pub integration: Option<i64>,
    pub input_channel: Option<String>,
    pub sentry_app: Option<i64>,
    pub installation: Option<String>,
    /// What an app asks for.
    #[serde(default)]
    pub settings: Value,
    pub priority: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetType {
    User,
    Team,
    Specific,
    SentryApp,
}

impl TargetType {
    pub const ALL: [Self; 4] = [Self::User, Self::Team, Self::Specific, Self::SentryApp];

    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Team => "team",
            Self::Specific => "specific",
            Self::SentryApp => "sentry_app",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }
}

impl MetricAction {
    /// To a user or team by mail.
    pub fn email(target_type: TargetType, target: &str) -> Self {
        Self {
            id: 0,
            kind: "email".to_owned(),
            target_type,
            target: Some(target.to_owned()),
            integration: None,
            input_channel: None,
            sentry_app: None,
            installation: None,
            settings: Value::Null,
            priority: None,
        }
    }

    /// As clients read it, without what the trigger adds.
    pub fn wire(&self) -> Map<String, Value> {
        let object = json!({
            "id": self.id.to_string(),
            "type": self.kind,
            "targetType": self.target_type.name(),
            "targetIdentifier": self.target,
            "inputChannelId": self.input_channel,
            "integrationId": self.integration,
            "sentryAppId": self.sentry_app,
            "sentryAppInstallationUuid": self.installation,
            "settings": self.settings,
            "priority": self.priority,
        });
        match object {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }

    /// Whether both tell the same one: it is told once.
    pub fn is_same_target(&self, other: &Self) -> bool {
        let of = |action: &Self| {
            let Self {
                kind,
                target_type,
                target,
                integration,
                sentry_app,
                input_channel,
                ..
            } = action.clone();
            (kind, target_type, target, integration, sentry_app, input_channel)
        };
        of(self) == of(other)
    }
}
