use httpkit::ApiError;
use model::{Timestamp, UserId};
use serde_json::Value;
use services::{
    App,
    access::OrganizationScope,
    releases::{NewCommit, ReleaseChange},
};
use store::releases::ReleaseStatus;

use crate::body::Fields;

/// How many commits one request tells of.
const MOST_COMMITS: usize = 1_000;

/// A message that is longer is cut.
const MAX_MESSAGE_CHARS: usize = 10_000;

/// The body that makes or changes a release.
#[derive(Debug)]
pub(super) struct ReleaseRequest {
    /// Empty where the path says it.
    pub(super) version: String,
    pub(super) projects: Vec<String>,
    reference: Option<String>,
    url: Option<String>,
    released_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    status: Option<ReleaseStatus>,
    owner: Option<String>,
    commits: Option<Vec<NewCommit>>,
}

impl ReleaseRequest {
    pub(super) fn read_new(mut fields: Fields) -> Result<Self, ApiError> {
        let version = fields.required_text("version").unwrap_or_default();
        let projects = fields.texts("projects");
        match &projects {
            None if !fields.is_given("projects") => fields.refuse("projects", "This field is required."),
            Some(projects) if projects.is_empty() => fields.refuse("projects", "This list may not be empty."),
            _ => {}
        }
        Self::read(fields, version, projects.unwrap_or_default())
    }

    pub(super) fn read_new_of_project(mut fields: Fields) -> Result<Self, ApiError> {
        let version = fields.required_text("version").unwrap_or_default();
        Self::read(fields, version, Vec::new())
    }

    pub(super) fn read_change(fields: Fields) -> Result<Self, ApiError> {
        Self::read(fields, String::new(), Vec::new())
    }

    fn read(mut fields: Fields, version: String, projects: Vec<String>) -> Result<Self, ApiError> {
        let request = Self {
            version,
            projects,
            reference: short_text(&mut fields, "ref", 200),
            url: url(&mut fields, "url"),
            released_at: time(&mut fields, "dateReleased"),
            started_at: time(&mut fields, "dateStarted"),
            status: fields.choice("status", ReleaseStatus::parse),
            owner: fields.text("owner").filter(|owner| !owner.is_empty()),
            commits: commits(&mut fields),
        };
        refuse_refs(&mut fields);
        fields.finish()?;
        Ok(request)
    }

    /// Finds out who is meant.
    pub(super) async fn change(&self, app: &App, scope: &OrganizationScope) -> Result<ReleaseChange, ApiError> {
        let owner = match &self.owner {
            None => None,
            Some(name) => Some(member(app, scope, name).await?),
        };
        Ok(ReleaseChange {
            reference: self.reference.clone(),
            url: self.url.clone(),
            released_at: self.released_at,
            started_at: self.started_at,
            status: self.status,
            owner,
            commits: self.commits.clone(),
        })
    }
}

/// By user name or e-mail.
async fn member(app: &App, scope: &OrganizationScope, name: &str) -> Result<UserId, ApiError> {
    let members = services::organizations::members(app, scope).await?;
    let found = members
        .iter()
        .find(|user| user.username == name || user.email.eq_ignore_ascii_case(name));
    found
        .map(|user| user.id)
        .ok_or_else(|| ApiError::field("owner", "Unable to find user."))
}

pub(super) fn short_text(fields: &mut Fields, name: &str, most: usize) -> Option<String> {
    let text = fields.text(name).filter(|text| !text.is_empty())?;
    if text.chars().count() > most {
        fields.refuse(name, &format!("Ensure this field has no more than {most} characters."));
        return None;
    }
    Some(text)
}

/// Pages make links of it: only what browsers open is taken.
pub(super) fn url(fields: &mut Fields, name: &str) -> Option<String> {
    let url = short_text(fields, name, 1_000)?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
        fields.refuse(name, "Enter a valid URL.");
        return None;
    }
    Some(url)
}

pub(super) fn time(fields: &mut Fields, name: &str) -> Option<Timestamp> {
    let text = fields.text(name).filter(|text| !text.is_empty())?;
    let time = text.parse().ok();
    if time.is_none() {
        fields.refuse(
            name,
            "Datetime has wrong format. Use one of these formats instead: ISO 8601.",
        );
    }
    time
}

fn commits(fields: &mut Fields) -> Option<Vec<NewCommit>> {
    let members = match fields.value("commits")? {
        Value::Null => return None,
        Value::Array(members) if members.len() <= MOST_COMMITS => members.clone(),
        Value::Array(_) => {
            fields.refuse("commits", &format!("There may be at most {MOST_COMMITS} of them."));
            return None;
        }
        _ => {
            fields.refuse("commits", "Expected a list of items.");
            return None;
        }
    };
    let mut commits = Vec::with_capacity(members.len());
    for member in members {
        let Value::Object(object) = member else {
            fields.refuse("commits", "Invalid data. Expected a dictionary.");
            return None;
        };
        match commit(Fields::of(object)) {
            Ok(commit) => commits.push(commit),
            Err(error) => {
                for (name, details) in error.fields {
                    for detail in details {
                        fields.refuse("commits", &format!("{name}: {detail}"));
                    }
                }
                return None;
            }
        }
    }
    Some(commits)
}

fn commit(mut fields: Fields) -> Result<NewCommit, ApiError> {
    let key = fields.required_text("id").unwrap_or_default();
    if key.chars().count() > 64 {
        fields.refuse("id", "Ensure this field has no more than 64 characters.");
    }
    let message = fields.whole_text("message").unwrap_or_default();
    let commit = NewCommit {
        key,
        repository: short_text(&mut fields, "repository", 64),
        message: message.chars().take(MAX_MESSAGE_CHARS).collect(),
        author_name: short_text(&mut fields, "author_name", 128).unwrap_or_default(),
        author_email: short_text(&mut fields, "author_email", 200).unwrap_or_default(),
        committed_at: time(&mut fields, "timestamp"),
    };
    fields.finish()?;
    Ok(commit)
}

/// These ask to fetch commits from a repository that is connected, which none is.
fn refuse_refs(fields: &mut Fields) {
    for name in ["refs", "headCommits"] {
        let names = match fields.value(name) {
            Some(Value::Array(members)) if !members.is_empty() => {
                let repository = |member: &Value| Some(member.get("repository")?.as_str()?.to_owned());
                let names: Vec<String> = members.iter().filter_map(repository).take(10).collect();
                names.join(", ")
            }
            _ => continue,
        };
        fields.refuse(name, &format!("Invalid repository names: {names}"));
    }
}
