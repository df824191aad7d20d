//! How events become issues: the version, and the project's own rules, with a preview before they hold.

use std::time::Duration;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use grouping::{PreviousStrategy, Settings, StrategyId};
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use model::Timestamp;
use serde::Deserialize;
use services::{
    access::ProjectScope,
    grouping::PreviewError,
    settings::{self, ProjectTopic as _},
};

use super::{
    Frame,
    preview::{NewIssue, OldIssue, PreviewView, SplitIssue},
    problems, refused, saved,
};
use crate::{
    form::{Area, FormErrors, typed},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls::{Links, Section},
    visit::Visit,
};

/// The rules of the project, and what they would do.
#[derive(Debug, Template)]
#[template(path = "projects/settings/grouping.html")]
pub(crate) struct GroupingPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: GroupingForm,
    /// As it is, whatever stands in the form.
    strategy: StrategyId,
    previous: Option<PreviousStrategy>,
    pub(crate) errors: FormErrors,
    preview: Option<PreviewView>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct GroupingForm {
    fingerprint_rules: String,
    stack_trace_rules: String,
    /// Which button was pressed: `save`, `preview`, `preview-newest` or `move`.
    action: String,
}

/// For how long the hashes of the version before still find their issues.
const TRANSITION: Duration = Duration::from_secs(90 * 24 * 3600);

impl GroupingForm {
    fn of(settings: &Settings) -> Self {
        Self {
            fingerprint_rules: settings.fingerprint_rules.clone(),
            stack_trace_rules: settings.stack_trace_rules.clone(),
            action: String::new(),
        }
    }

    fn settings(&self, before: &Settings) -> Settings {
        Settings {
            fingerprint_rules: typed(&self.fingerprint_rules),
            stack_trace_rules: typed(&self.stack_trace_rules),
            ..before.clone()
        }
    }
}

/// The settings of a project that goes on to the newest version: what the version before made of an event still leads
/// to its issue for a while.
fn moved(before: &Settings, now: Timestamp) -> Settings {
    Settings {
        strategy: StrategyId::NEWEST,
        previous: Some(PreviousStrategy {
            strategy: before.strategy,
            until: now + TRANSITION,
        }),
        ..before.clone()
    }
}

/// `GET /organizations/{organization}/projects/{project}/settings/grouping/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<GroupingPage>, ApiError> {
    let settings = settings::of_project(&visit.app, &access.scope).await?.grouping;
    let form = GroupingForm::of(&settings);
    page(&visit, &access.scope, &settings, form, FormErrors::default(), None)
        .await
        .map(Page)
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    settings: &Settings,
    form: GroupingForm,
    errors: FormErrors,
    preview: Option<PreviewView>,
) -> Result<GroupingPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Grouping).await?;
    let now = visit.app.now();
    Ok(GroupingPage {
        shell,
        frame,
        form,
        strategy: settings.strategy,
        previous: settings.previous.filter(|previous| previous.until > now),
        errors,
        preview,
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/grouping/`: saves, moves to the newest version, or
/// shows what saving would do.
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<GroupingForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let before = settings::of_project(&visit.app, &scope).await?.grouping;
    let changed = form.settings(&before);
    let now = visit.app.now();
    let found = match form.action.as_str() {
        "preview" => return preview(&visit, &scope, &before, &changed, form).await,
        "preview-newest" => return preview(&visit, &scope, &before, &moved(&changed, now), form).await,
        // The version alone: rules that are half written are no part of it.
        "move" if before.strategy != StrategyId::NEWEST => {
            let moved = problems(settings::set_of_project(&visit.app, &scope, &moved(&before, now)).await)?;
            if moved.is_empty() {
                let links = Links::new(&scope.organization.slug, visit.scope().query());
                let back = Redirect::to(&links.project_section(&scope.project.slug, Section::Grouping));
                return Ok((PendingNotice::of(Done::GroupingMoved), back).into_response());
            }
            moved
        }
        _ => problems(settings::set_of_project(&visit.app, &scope, &changed).await)?,
    };
    if found.is_empty() {
        return Ok(saved(&visit, &scope, Section::Grouping));
    }
    let errors = FormErrors::of_problems(&found, str::to_owned);
    Ok(refused(page(&visit, &scope, &before, form, errors, None).await?))
}

async fn preview(
    visit: &Visit,
    scope: &ProjectScope,
    before: &Settings,
    changed: &Settings,
    form: GroupingForm,
) -> Result<Response, ApiError> {
    match services::grouping::preview(&visit.app, scope, changed).await {
        Ok(preview) => {
            let view = PreviewView::new(&visit.app, scope, &preview).await?;
            let page = page(visit, scope, before, form, FormErrors::default(), Some(view)).await?;
            Ok(Page(page).into_response())
        }
        Err(PreviewError::Invalid(problems)) => {
            let errors = FormErrors::of_problems(&problems, str::to_owned);
            Ok(refused(page(visit, scope, before, form, errors, None).await?))
        }
        Err(PreviewError::Store(error)) => Err(error.into()),
    }
}

const FINGERPRINT_EXAMPLE: &str = "error.type:DatabaseUnavailable -> db-down title=\"The database is away\"\nmessage:\"*timed out*\" tags.region:eu* -> timeout, {{ tags.region }}";
const STACK_EXAMPLE: &str = "path:**/vendor/** -app\nstack.function:panic_handler ^-group -group";

impl GroupingPage {
    fn fingerprint_area(&self) -> Area {
        Area::new(
            "fingerprint_rules",
            "Fingerprint rules",
            &self.form.fingerprint_rules,
            &self.errors,
        )
        .help("One rule a line, matchers -> fingerprint; the first that matches counts. {{ default }} stands for what would be grouped by without the rule.")
        .example(FINGERPRINT_EXAMPLE)
        .rows(7)
    }

    fn stack_trace_area(&self) -> Area {
        Area::new(
            "stack_trace_rules",
            "Stack trace rules",
            &self.form.stack_trace_rules,
            &self.errors,
        )
        .help("One rule a line, matchers and actions, on top of the built-in ones: +app and -app say what is your code, +group and -group what counts, ^ and v go up and down the stack.")
        .example(STACK_EXAMPLE)
        .rows(7)
    }

    fn is_newest(&self) -> bool {
        self.strategy == StrategyId::NEWEST
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |settings: &Settings, preview| {
            let (shell, frame) = Frame::sample(Section::Grouping);
            Self {
                shell,
                frame,
                form: GroupingForm::of(settings),
                strategy: settings.strategy,
                previous: settings.previous,
                errors: FormErrors::of_problems(&settings.problems(), str::to_owned),
                preview,
            }
        };
        let wrong = Settings {
            fingerprint_rules: "error.type:DatabaseUnavailable -> db-down\nerror.kind:x -> y\n".to_owned(),
            ..Settings::default()
        };
        let old = Settings {
            strategy: StrategyId::V2023,
            fingerprint_rules: "error.type:DatabaseUnavailable -> db-down".to_owned(),
            ..Settings::default()
        };
        let hostile = Settings {
            fingerprint_rules: gallery::HOSTILE.to_owned(),
            stack_trace_rules: format!("</textarea>{}", gallery::HOSTILE),
            ..Settings::default()
        };
        let nothing = PreviewView {
            events: 640,
            ..PreviewView::default()
        };
        let on_the_way = moved(&old, gallery::NOW);
        vec![
            Sample::new("grouping-empty", &page(&Settings::default(), None)),
            Sample::new("grouping-wrong", &page(&wrong, None)),
            Sample::new(
                "grouping-typical",
                &page(&old, Some(sample_preview("PaymentError: declined"))),
            ),
            Sample::new("grouping-moved", &page(&on_the_way, Some(nothing))),
            Sample::new(
                "grouping-hostile",
                &page(&hostile, Some(sample_preview(gallery::HOSTILE))),
            ),
        ]
    }
}

fn sample_preview(title: &str) -> PreviewView {
    let old = |id: i64, events: &str| OldIssue {
        id: Some(id),
        short_id: format!("SHOP-{id:X}"),
        title: title.to_owned(),
        events: events.to_owned(),
    };
    let new = |events: &str, from: Vec<OldIssue>| NewIssue {
        titles: vec![title.to_owned()],
        events: events.to_owned(),
        from,
        from_left_out: 0,
    };
    PreviewView {
        events: 1_000,
        moved: 61,
        merges: vec![new("54 events", vec![old(7, "48 events"), old(12, "6 events")])],
        splits: vec![SplitIssue {
            from: old(44, "30 events"),
            into: vec![new("21 events", vec![]), new("9 events", vec![])],
            into_left_out: 3,
        }],
        moves: vec![new("2 events", vec![old(3, "2 events")])],
        ..PreviewView::default()
    }
}
