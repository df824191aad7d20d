//! Whose the issues of a project are: its rules, with a trial against an event before they hold.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use httpkit::{ApiError, CsrfForm, ProjectAccess, scopes::ProjectRead};
use model::EventId;
use protocol::event::Event;
use serde::Deserialize;
use services::{
    access::{AccessError, ProjectScope},
    events::EventSearch,
    issues::People,
    ownership::{self, EventOwners, OwnershipError},
    settings::{self, ProjectTopic as _},
};
use store::events::{EventPage, EventsOf, PageStart};
use triage::ownership::{AutoAssignment, Matched, Settings, Source, unmapped_names};

use super::{Frame, codeowners::FileForm, refused, saved};
use crate::{
    form::{Area, FormErrors, typed},
    gallery::{self, Sample},
    icon::Icon,
    number,
    page::Page,
    shell::Shell,
    text,
    urls::Section,
    visit::Visit,
};

/// The rules, what follows from them, and which of them an event matched.
#[derive(Debug, Template)]
#[template(path = "projects/settings/ownership.html")]
pub(crate) struct OwnershipPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: OwnershipForm,
    pub(crate) errors: FormErrors,
    files: Vec<FileRow>,
    /// A file that could not be added.
    new_file: FileForm,
    trial: Option<Trial>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct OwnershipForm {
    raw: String,
    /// `off`, `owner` or `suspect-commit`.
    assignment: String,
    /// An event to try the rules on; the newest of the project when it is empty.
    event: String,
    /// Which button was pressed: `save` or `try`.
    action: String,
}

/// A CODEOWNERS file of the project.
#[derive(Debug, Clone)]
struct FileRow {
    id: i64,
    name: String,
    rules: String,
    /// Names in it of whom nobody is known.
    unmapped: Vec<String>,
}

/// What rules make of an event.
#[derive(Debug, Clone, Default)]
struct Trial {
    /// What they were tried on.
    event: String,
    title: String,
    /// The one that decides first.
    matched: Vec<MatchedRow>,
}

#[derive(Debug, Clone)]
struct MatchedRow {
    rule: String,
    is_of_file: bool,
    owners: Vec<OwnerOfRow>,
}

#[derive(Debug, Clone)]
struct OwnerOfRow {
    name: String,
    /// `None`: neither a member nor a team of the project.
    who: Option<String>,
}

/// The ways to assign, by the words of the form.
const ASSIGNMENTS: [(AutoAssignment, &str, &str, &str); 3] = [
    (
        AutoAssignment::Owner,
        "owner",
        "To the owner by the rules",
        "The last rule that matches decides. Whom a person has chosen stays.",
    ),
    (
        AutoAssignment::SuspectCommit,
        "suspect-commit",
        "To whoever wrote the commit that brought it",
        "Where no commit is known, nobody is assigned.",
    ),
    (
        AutoAssignment::Off,
        "off",
        "To nobody",
        "Owners are only suggested on the page of the issue.",
    ),
];

/// Unknown names of a CODEOWNERS file that are listed.
const MOST_UNMAPPED: usize = 20;

impl OwnershipForm {
    fn of(settings: &Settings) -> Self {
        let way = ASSIGNMENTS.iter().find(|(way, ..)| *way == settings.auto_assignment);
        Self {
            raw: settings.raw.clone(),
            assignment: way.map_or("", |(_, name, ..)| name).to_owned(),
            ..Self::default()
        }
    }

    /// Whoever sees the project writes rules; what follows from them is for those who may change the project.
    fn settings(&self, before: &Settings, may_write: bool) -> Settings {
        let way = ASSIGNMENTS.iter().find(|(_, name, ..)| *name == self.assignment);
        Settings {
            raw: typed(&self.raw),
            auto_assignment: match way {
                Some((way, ..)) if may_write => *way,
                _ => before.auto_assignment,
            },
            ..before.clone()
        }
    }
}

/// `GET /organizations/{organization}/projects/{project}/settings/ownership/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<OwnershipPage>, ApiError> {
    let settings = settings::of_project(&visit.app, &access.scope).await?.ownership;
    let form = OwnershipForm::of(&settings);
    page(&visit, &access.scope, form, FormErrors::default(), None)
        .await
        .map(Page)
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: OwnershipForm,
    errors: FormErrors,
    trial: Option<Trial>,
) -> Result<OwnershipPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Ownership).await?;
    let files = ownership::list_codeowners(&visit.app, scope).await?;
    let work = move || files.iter().map(FileRow::new).collect();
    Ok(OwnershipPage {
        shell,
        frame,
        form,
        errors,
        files: tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?,
        new_file: FileForm::default(),
        trial,
    })
}

/// The page with a CODEOWNERS file that could not be added.
pub(super) async fn page_with_file(
    visit: &Visit,
    scope: &ProjectScope,
    new_file: FileForm,
    errors: FormErrors,
) -> Result<OwnershipPage, ApiError> {
    let settings = settings::of_project(&visit.app, scope).await?.ownership;
    let page = page(visit, scope, OwnershipForm::of(&settings), errors, None).await?;
    Ok(OwnershipPage { new_file, ..page })
}

/// `POST /organizations/{organization}/projects/{project}/settings/ownership/`: saves the rules, or tries them on an
/// event and saves nothing.
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectRead>,
    CsrfForm { form, .. }: CsrfForm<OwnershipForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let before = settings::of_project(&visit.app, &scope).await?.ownership;
    let may_write = scope.rights.allow(services::Scope::ProjectWrite);
    let settings = form.settings(&before, may_write);
    let form = OwnershipForm {
        assignment: OwnershipForm::of(&settings).assignment,
        ..form
    };
    let found = settings.problems();
    if !found.is_empty() {
        let errors = FormErrors::of_problems(&found, str::to_owned);
        return Ok(refused(page(&visit, &scope, form, errors, None).await?));
    }
    if form.action == "try" {
        let trial = match trial(&visit, &scope, &settings, form.event.trim()).await? {
            Ok(trial) => trial,
            Err(errors) => return Ok(refused(page(&visit, &scope, form, errors, None).await?)),
        };
        let page = page(&visit, &scope, form, FormErrors::default(), Some(trial)).await?;
        return Ok(Page(page).into_response());
    }
    match ownership::set(&visit.app, &scope, settings).await {
        Ok(_) => Ok(saved(&visit, &scope, Section::Ownership)),
        Err(OwnershipError::UnknownOwners(names)) => {
            let errors = FormErrors::one("raw", unknown(&names));
            Ok(refused(page(&visit, &scope, form, errors, None).await?))
        }
        Err(OwnershipError::Store(error)) => Err(error.into()),
        // Said of the rules before.
        Err(error) => Err(ApiError::bad_request(error)),
    }
}

fn unknown(names: &[String]) -> String {
    let listed = names.iter().take(10).map(|name| text::line(name, 100));
    let names = listed.collect::<Vec<_>>().join(", ");
    format!("Neither members nor teams of this project: {names}. Owners are written as e-mail address or #team.")
}

async fn trial(
    visit: &Visit,
    scope: &ProjectScope,
    settings: &Settings,
    asked: &str,
) -> Result<Result<Trial, FormErrors>, ApiError> {
    let Some(stored) = (match asked {
        "" => newest_event(visit, scope).await?,
        asked => match asked.parse::<EventId>() {
            Ok(id) => match services::events::get(&visit.app, scope.project.id, id).await {
                Ok(found) => Some(found.stored),
                Err(AccessError::NotFound) => None,
                Err(error) => return Err(error.into()),
            },
            Err(_) => {
                return Ok(Err(FormErrors::one(
                    "event",
                    "An event id is 32 characters of 0 to 9 and a to f.",
                )));
            }
        },
    }) else {
        let message = match asked {
            "" => "The project has no event yet.",
            _ => "The project has no event of this id.",
        };
        return Ok(Err(FormErrors::one("event", message)));
    };
    let event = Event::from_stored(&stored.payload).map_err(ApiError::internal)?;
    let owners = ownership::of_event(&visit.app, scope, &event, Some(settings)).await;
    let owners = owners.map_err(ApiError::internal)?;
    let people = People::of(&visit.app, scope.whole()).await?;
    Ok(Ok(Trial {
        event: stored.id.to_string(),
        title: text::line(&normalize::metadata(&event).title, 200),
        matched: owners
            .matched
            .iter()
            .map(|matched| MatchedRow::new(matched, &owners, &people))
            .collect(),
    }))
}

async fn newest_event(visit: &Visit, scope: &ProjectScope) -> Result<Option<store::events::StoredEvent>, ApiError> {
    let newest = EventPage {
        start: PageStart::Newest,
        limit: 1,
    };
    let all = EventSearch::all(EventsOf::Project(scope.project.id));
    Ok(services::events::list(&visit.app, all, newest)
        .await?
        .into_iter()
        .next())
}

impl Trial {
    fn short_event(&self) -> &str {
        self.event.get(..8).unwrap_or(&self.event)
    }
}

impl MatchedRow {
    fn new(matched: &Matched, owners: &EventOwners, people: &People) -> Self {
        let owner = |name: &triage::ownership::OwnerName| OwnerOfRow {
            name: text::line(&name.to_string(), 120),
            who: owners.known.get(name).and_then(|who| people.name(*who)),
        };
        Self {
            rule: text::line(&matched.rule, 300),
            is_of_file: matched.source == Source::Codeowners,
            owners: matched.owners.iter().map(owner).collect(),
        }
    }
}

impl FileRow {
    fn new(stored: &store::codeowners::CodeownersFile) -> Self {
        let unmapped = unmapped_names(&stored.file);
        Self {
            id: stored.id.0,
            name: match stored.file.source_root.as_str() {
                "" => "CODEOWNERS".to_owned(),
                root => format!("CODEOWNERS of {}", text::line(root, 100)),
            },
            rules: number::of(stored.file.rules().len() as u64, "rule"),
            unmapped: unmapped
                .iter()
                .take(MOST_UNMAPPED)
                .map(|name| text::line(name, 100))
                .collect(),
        }
    }
}

const EXAMPLE: &str =
    "path:src/payments/* #checkout\nurl:*/api/orders/* ada@example.com\ntags.region:eu #europe grace@example.com";

impl OwnershipPage {
    fn area(&self) -> Area {
        Area::new("raw", "Ownership rules", &self.form.raw, &self.errors)
            .help("One rule a line: what an event must match, then who it belongs to. The last line that matches decides.")
            .example(EXAMPLE)
            .rows(10)
    }

    fn file_area(&self) -> Area {
        Area::new("codeowners", "CODEOWNERS", &self.new_file.codeowners, &self.errors)
            .help("What stands in the file, whole.")
            .example("*.py @acme/web\n/backend/pay/ @ada")
            .rows(6)
    }

    fn names_area(&self) -> Area {
        Area::new("names", "Names", &self.new_file.names, &self.errors)
            .help("A name of the file and whom it means here a line: #team or an e-mail address. Addresses mean themselves.")
            .example("@acme/web #web\n@ada ada@example.com")
    }

    fn has_new_file(&self) -> bool {
        self.new_file != FileForm::default()
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |settings: &Settings, trial: Option<Trial>, files: Vec<FileRow>| {
            let (shell, frame) = Frame::sample(Section::Ownership);
            Self {
                shell,
                frame,
                form: OwnershipForm::of(settings),
                errors: FormErrors::of_problems(&settings.problems(), str::to_owned),
                files,
                new_file: FileForm::default(),
                trial,
            }
        };
        let settings = |raw: &str| Settings {
            raw: raw.to_owned(),
            ..Settings::default()
        };
        let matched = |rule: &str, name: &str, who: Option<&str>| MatchedRow {
            rule: rule.to_owned(),
            is_of_file: false,
            owners: vec![OwnerOfRow {
                name: name.to_owned(),
                who: who.map(str::to_owned),
            }],
        };
        let trial = |matched: Vec<MatchedRow>, title: &str| Trial {
            event: "fc6d8c0c43fc4630ad850ee518f1b9d0".to_owned(),
            title: title.to_owned(),
            matched,
        };
        let file = |name: &str| FileRow {
            id: 3,
            name: name.to_owned(),
            rules: "214 rules".to_owned(),
            unmapped: vec![name.to_owned()],
        };
        let typical = trial(
            vec![
                matched(
                    "url:*/api/orders/* ada@example.com",
                    "ada@example.com",
                    Some("Ada Lovelace"),
                ),
                matched("path:src/payments/* #checkout", "#checkout", Some("#checkout")),
                MatchedRow {
                    is_of_file: true,
                    ..matched("codeowners:/src/ #gone", "#gone", None)
                },
            ],
            "PaymentError: could not charge card",
        );
        let hostile = trial(
            vec![matched(gallery::HOSTILE, gallery::HOSTILE, Some(gallery::HOSTILE))],
            gallery::HOSTILE,
        );
        let nobody = trial(Vec::new(), "PaymentError: could not charge card");
        let many: Vec<String> = (0..3_000).map(|line| format!("path:src/{line}/* #checkout")).collect();
        vec![
            Sample::new("ownership-empty", &page(&Settings::default(), None, Vec::new())),
            Sample::new(
                "ownership-typical",
                &page(&settings(EXAMPLE), Some(typical), vec![file("@acme/platform")]),
            ),
            Sample::new("ownership-nobody", &page(&settings(EXAMPLE), Some(nobody), Vec::new())),
            Sample::new(
                "ownership-wrong",
                &page(&settings("path:src/* #a\nnonsense\n"), None, Vec::new()),
            ),
            Sample::new(
                "ownership-hostile",
                &page(
                    &settings(&format!("</textarea>{}", gallery::HOSTILE)),
                    Some(hostile),
                    vec![file(gallery::HOSTILE)],
                ),
            ),
            Sample::new("ownership-huge", &page(&settings(&many.join("\n")), None, Vec::new())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_change_the_project_writes_rules_only() {
        let form = OwnershipForm {
            raw: "path:a #b\r\n".to_owned(),
            assignment: "off".to_owned(),
            ..OwnershipForm::default()
        };
        let before = Settings::default();
        let of_member = form.settings(&before, false);
        assert_eq!(
            (of_member.raw.as_str(), of_member.auto_assignment),
            ("path:a #b\n", AutoAssignment::Owner)
        );
        assert_eq!(form.settings(&before, true).auto_assignment, AutoAssignment::Off);
        for (way, name, ..) in ASSIGNMENTS {
            let settings = Settings {
                auto_assignment: way,
                ..Settings::default()
            };
            assert_eq!(OwnershipForm::of(&settings).assignment, name);
        }
    }
}
