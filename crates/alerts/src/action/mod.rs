//! What a rule does. The kinds of actions are one table: an integration adds a line there and nothing else here.

mod kinds;

use model::{TeamId, UserId};
use serde_json::{Map, Value, json};

use crate::{
    names::names,
    reader::{Field, Input, Reader},
    rule::Names,
    template::Template,
};

pub use kinds::{ACTIONS, PLUGIN_ACTION};

/// A kind of action, as the wire and forms know it.
#[derive(Debug)]
pub struct ActionKind {
    pub id: &'static str,
    /// Of the channel that carries it out, and its name in the newer model.
    pub slug: &'static str,
    /// A sentence with a place for each parameter.
    pub label: &'static str,
    pub fields: &'static [Field],
    /// It makes a ticket, one for an issue and integration.
    pub is_ticket: bool,
}

impl ActionKind {
    pub fn find(id: &str) -> Option<&'static Self> {
        ACTIONS.iter().find(|kind| kind.id == id)
    }
}

names! {
    /// When alone an action of a rule that fires is done.
    pub enum OnlyIf {
        /// The event is fatal.
        Critical = "critical" "if critical",
    }

    pub enum Fallthrough {
        ActiveMembers = "ActiveMembers" "recently active members",
        AllMembers = "AllMembers" "all members of the project",
        NoOne = "NoOne" "no one",
    }

    enum TargetKind {
        IssueOwners = "IssueOwners" "the suggested assignees",
        Team = "Team" "the team",
        Member = "Member" "the member",
        /// Ours: an address that is no member's.
        Address = "Address" "the address",
    }

    enum AssignKind {
        IssueOwners = "IssueOwners" "the owner of its code",
        Team = "Team" "the team",
        Member = "Member" "the member",
    }
}

/// Something that is done when a rule fires.
#[derive(Debug, Clone)]
pub struct Action {
    pub kind: &'static ActionKind,
    /// As on the wire, without `id`, `uuid` and `onlyIf`.
    pub parameters: Map<String, Value>,
    /// What clients tell actions of one rule apart by.
    pub uuid: Option<String>,
    pub only_if: Option<OnlyIf>,
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.to_wire() == other.to_wire()
    }
}

/// Whom a mail goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailTarget {
    IssueOwners,
    Team(TeamId),
    Member(UserId),
    Address(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAction {
    pub target: MailTarget,
    /// Who is told where nobody owns the issue.
    pub fallthrough: Fallthrough,
    /// Templates in place of those of the project.
    pub subject: Option<String>,
    pub template: Option<String>,
}

/// Whom an issue is given to that nobody has yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignTarget {
    IssueOwners,
    Team(TeamId),
    Member(UserId),
}

const MOST_PARAMETER_BYTES: usize = 16 * 1024;

impl Action {
    /// Reads one from the wire, or says what is wrong with it.
    pub fn read(wire: &Map<String, Value>) -> Result<Self, Vec<String>> {
        let id = wire.get("id").and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = ActionKind::find(id) else {
            let id: String = id.chars().take(200).collect();
            return Err(vec![format!("id: there is no action {id:?}")]);
        };
        let mut reader = Reader::new(kind.fields, wire);
        let mut parameters = Map::new();
        for field in kind.fields {
            if let Some(value) = read_parameter(field, &mut reader) {
                parameters.insert(field.name.to_owned(), value);
            }
        }
        check_target(kind, &parameters, &mut reader);
        let only_if = match reader.scalar("onlyIf") {
            None => None,
            Some(name) => {
                let found = OnlyIf::find(&name);
                if found.is_none() {
                    reader.problem("onlyIf", "expected critical");
                }
                found
            }
        };
        let uuid = reader.scalar("uuid").filter(|uuid| uuid.len() <= 36);
        if !reader.problems.is_empty() {
            return Err(reader.problems);
        }
        Ok(Self {
            kind,
            parameters,
            uuid,
            only_if,
        })
    }

    pub fn to_wire(&self) -> Map<String, Value> {
        let mut wire = self.to_wire_without_uuid();
        if let Some(uuid) = &self.uuid {
            wire.insert("uuid".to_owned(), json!(uuid));
        }
        wire
    }

    /// What it does, and nothing else.
    pub(crate) fn to_wire_without_uuid(&self) -> Map<String, Value> {
        let mut wire = Map::new();
        wire.insert("id".to_owned(), json!(self.kind.id));
        wire.extend(self.parameters.clone());
        if let Some(only_if) = self.only_if {
            wire.insert("onlyIf".to_owned(), json!(only_if.name()));
        }
        wire
    }

    pub fn id(&self) -> &'static str {
        self.kind.id
    }

    pub fn slug(&self) -> &'static str {
        self.kind.slug
    }

    /// A parameter that is text; empty where it is absent.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.parameter(name).to_owned()).filter(|text| !text.is_empty())
    }

    /// Of an action that sends mail.
    pub fn mail(&self) -> Option<MailAction> {
        if self.kind.slug != "email" {
            return None;
        }
        let target = self.parameter("targetIdentifier");
        Some(MailAction {
            target: match TargetKind::find(self.parameter("targetType"))? {
                TargetKind::IssueOwners => MailTarget::IssueOwners,
                TargetKind::Team => MailTarget::Team(target.parse().ok()?),
                TargetKind::Member => MailTarget::Member(target.parse().ok()?),
                TargetKind::Address => MailTarget::Address(target.to_owned()),
            },
            fallthrough: Fallthrough::find(self.parameter("fallthroughType")).unwrap_or(Fallthrough::ActiveMembers),
            subject: self.optional("subject"),
            template: self.optional("template"),
        })
    }

    /// Of an action that assigns.
    pub fn assign(&self) -> Option<AssignTarget> {
        if self.kind.slug != "assign" {
            return None;
        }
        let target = self.parameter("targetIdentifier");
        Some(match AssignKind::find(self.parameter("targetType"))? {
            AssignKind::IssueOwners => AssignTarget::IssueOwners,
            AssignKind::Team => AssignTarget::Team(target.parse().ok()?),
            AssignKind::Member => AssignTarget::Member(target.parse().ok()?),
        })
    }

    /// What it does, as a clause: `send a notification to #payments`.
    pub fn text(&self, names: &Names) -> String {
        let mut text = if let Some(mail) = self.mail() {
            mail.text(names)
        } else if let Some(target) = self.assign() {
            target.text(names)
        } else {
            self.text_of_label(names)
        };
        if let Some(only_if) = self.only_if {
            text.push_str(", ");
            text.push_str(only_if.text());
        }
        text
    }

    /// The label with what the parameters say; what follows an absent one in brackets is left out.
    fn text_of_label(&self, names: &Names) -> String {
        let mut text = String::new();
        let mut rest = self.kind.label;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').expect("labels are well formed");
            text.push_str(before);
            text.push_str(&names.of_value(self.parameter(name)));
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

impl MailAction {
    fn text(&self, names: &Names) -> String {
        match &self.target {
            MailTarget::IssueOwners => {
                let fallthrough = self.fallthrough.text();
                format!("send a mail to the suggested assignees, or else to {fallthrough}")
            }
            MailTarget::Team(team) => format!("send a mail to {}", names.of_team(*team)),
            MailTarget::Member(user) => format!("send a mail to {}", names.of_user(*user)),
            MailTarget::Address(address) => format!("send a mail to {address}"),
        }
    }
}

impl AssignTarget {
    fn text(self, names: &Names) -> String {
        match self {
            Self::IssueOwners => "assign the issue to the owner of its code".to_owned(),
            Self::Team(team) => format!("assign the issue to {}", names.of_team(team)),
            Self::Member(user) => format!("assign the issue to {}", names.of_user(user)),
        }
    }
}

/// The value as it is kept: texts, and JSON where a service asked for it. Absent and empty are the same.
fn read_parameter(field: &'static Field, reader: &mut Reader<'_>) -> Option<Value> {
    let name = field.name;
    match field.input {
        Input::Choice(choices) => {
            let text = reader.scalar(name).unwrap_or_else(|| field.default.to_owned());
            let choices = choices();
            if !choices.iter().any(|(choice, _)| *choice == text) {
                let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
                reader.problem(name, format_args!("expected one of {}", names.join(", ")));
            }
            Some(json!(text))
        }
        Input::Text { .. } => {
            let text = reader.text(name)?;
            (!text.is_empty()).then(|| json!(text))
        }
        Input::Whole { .. } => reader.whole(name).map(Value::from),
        Input::Decimal { .. } => reader.decimal(name).map(Value::from),
        Input::Listed => {
            let text = reader.scalar(name);
            if text.as_ref().is_none_or(|text| text.len() > 200) {
                reader.problem(name, "this field is required");
            }
            text.map(|text| json!(text))
        }
        Input::Target => reader.scalar(name).map(|text| json!(text)),
        Input::Template => {
            let text = reader
                .json(name)
                .and_then(Value::as_str)
                .filter(|text| !text.trim().is_empty())?;
            if let Err(error) = Template::parse(text) {
                reader.problem(name, error);
            }
            Some(json!(text))
        }
        Input::Json => {
            let value = reader.json(name).filter(|value| !value.is_null())?;
            if value.to_string().len() > MOST_PARAMETER_BYTES {
                reader.problem(name, format_args!("expected at most {MOST_PARAMETER_BYTES} bytes"));
                return None;
            }
            Some(value.clone())
        }
    }
}

/// A user or team has a number, an address an @.
fn check_target(kind: &ActionKind, parameters: &Map<String, Value>, reader: &mut Reader<'_>) {
    if !kind.fields.iter().any(|field| matches!(field.input, Input::Target)) {
        return;
    }
    let text = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default();
    let target = text("targetIdentifier");
    let is_wrong = match text("targetType") {
        "Team" | "Member" => target.parse::<i64>().is_err(),
        "Address" => !is_address(target),
        _ => false,
    };
    if is_wrong {
        let expected = match text("targetType") {
            "Address" => "expected a mail address",
            _ => "expected an id",
        };
        reader.problem("targetIdentifier", expected);
    }
}

/// Whether mail could go there: the rest is for whoever confirms the address.
fn is_address(text: &str) -> bool {
    let no_blanks = !text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>'));
    let parts = text.rsplit_once('@');
    no_blanks && text.len() <= 254 && parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}
