//! Which share of the traces is kept, and the rules that follow from it, in their order.

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use protocol::condition::Condition;
use quota::sampling::{self, Bias, CustomRule, Inputs, Rule, RuleKind, SamplingValue, Settings};
use serde::Deserialize;
use services::{
    access::{AccessError, ProjectScope},
    project_config,
    settings::{self, Problem, ProjectTopic as _},
};

use super::{Frame, problems, refused, saved};
use crate::{
    form::{Area, FormErrors, typed},
    gallery::{self, Sample},
    icon::Icon,
    json_text,
    page::Page,
    shell::Shell,
    text,
    time::Absolute,
    urls::Section,
    visit::Visit,
};

/// Rate, biases, the project's own rules, and all that follows.
#[derive(Debug, Template)]
#[template(path = "projects/settings/sampling.html")]
pub(crate) struct SamplingPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: SamplingForm,
    pub(crate) errors: FormErrors,
    /// As they are applied now, whatever stands in the form.
    rules: Vec<RuleRow>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct SamplingForm {
    /// In percent.
    rate: String,
    /// The biases that are on, by id.
    bias: Vec<String>,
    /// The project's own rules as JSON.
    custom: String,
}

impl SamplingForm {
    fn of(settings: &Settings) -> Self {
        let on = settings.biases.list().into_iter().filter(|bias| bias.active);
        Self {
            rate: percent(settings.sample_rate),
            bias: on.map(|bias| bias.id).collect(),
            custom: json_text::written(&settings.custom),
        }
    }

    fn settings(&self, before: &Settings) -> Result<Settings, Vec<Problem>> {
        let mut settings = before.clone();
        let mut problems = Vec::new();
        match self.rate.trim().trim_end_matches('%').trim().parse::<f64>() {
            Ok(rate) => settings.sample_rate = rate / 100.0,
            Err(_) => problems.push(problem("rate", "write a number between 0 and 100")),
        }
        let switch = |bias: Bias| Bias {
            active: self.bias.contains(&bias.id),
            ..bias
        };
        let biases: Vec<Bias> = settings.biases.list().into_iter().map(switch).collect();
        if let Err(error) = settings.biases.set(&biases) {
            problems.push(problem("rate", &error.message));
        }
        let custom = typed(&self.custom);
        match json_text::list::<CustomRule>("custom", &custom) {
            Ok(rules) => {
                settings.custom = rules;
                let mut wrong = settings.problems();
                for problem in &mut wrong {
                    point_into(problem, &settings.custom, &custom);
                }
                problems.extend(wrong);
            }
            Err(unreadable) => problems.extend(unreadable),
        }
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }
}

fn problem(field: &str, message: &str) -> Problem {
    Problem {
        field: field.to_owned(),
        line: None,
        column: None,
        message: message.to_owned(),
    }
}

/// Rules are checked as values, which have no lines: finds the line of the one that is wrong.
fn point_into(problem: &mut Problem, rules: &[CustomRule], text: &str) {
    let index_of = |id: &str| rules.iter().position(|rule| rule.id.to_string() == id);
    let way = if let Some(way) = problem.field.strip_prefix("custom") {
        let index = way
            .trim_start_matches('[')
            .split(']')
            .next()
            .and_then(|index| index.parse().ok());
        let condition = index.and_then(|index: usize| Some(Condition::parse(&rules.get(index)?.condition)));
        match condition {
            Some(Err(error)) => format!("{way}.{}", error.path),
            _ => way.to_owned(),
        }
    } else if let Some(index) = problem.field.strip_prefix("rules.").and_then(index_of) {
        format!("[{index}]")
    } else {
        return;
    };
    if let Some((line, column)) = json_text::place(text, &way) {
        (problem.line, problem.column) = (Some(line), Some(column));
    }
}

fn field(name: &str) -> String {
    match name {
        "sample_rate" => "rate",
        name if name.starts_with("custom") || name.starts_with("rules.") => "custom",
        other => other,
    }
    .to_owned()
}

/// `12.5` of 0.125, without digits that mean nothing.
fn percent(share: f64) -> String {
    let text = format!("{:.4}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// One rule as it is applied.
#[derive(Debug, Clone)]
pub(crate) struct RuleRow {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    /// What it looks at.
    pub(crate) of: &'static str,
    pub(crate) value: String,
    pub(crate) condition: String,
    pub(crate) time: Option<String>,
}

/// Characters of a condition that are shown.
const MAX_CONDITION: usize = 400;

impl RuleRow {
    fn new(rule: &Rule) -> Self {
        let time = |prefix: &str, at: Option<model::Timestamp>| at.map(|at| format!("{prefix} {}", Absolute(at)));
        let times: Vec<String> = [time("from", rule.time_range.start), time("until", rule.time_range.end)]
            .into_iter()
            .flatten()
            .collect();
        let condition = rule.condition.to_json();
        Self {
            id: rule.id,
            name: name_of(rule.id),
            of: match rule.kind {
                RuleKind::Trace => "trace",
                RuleKind::Transaction => "transaction",
                RuleKind::Project => "project",
            },
            value: value_in_words(rule.sampling_value),
            condition: if rule.condition == Condition::everything() {
                "everything".to_owned()
            } else {
                text::line(&condition.to_string(), MAX_CONDITION)
            },
            time: (!times.is_empty()).then(|| times.join(" ")),
        }
    }
}

/// The ids never change (`ingest.md` §7.2).
fn name_of(id: u32) -> &'static str {
    match id {
        1000 => "Rate of the project",
        1001 => "Development environments",
        1002 => "Health checks",
        1003 => "Key transactions",
        1004 => "Recalibration",
        1005 => "Traces with a replay",
        1006 => "Minimum rate",
        1400..1500 => "Low-volume transactions",
        1500..1600 => "Latest releases",
        3000..=4999 => "Own rule",
        _ => "Rule",
    }
}

fn value_in_words(value: SamplingValue) -> String {
    match value {
        SamplingValue::SampleRate { value } => format!("keep {}%", percent(value)),
        SamplingValue::Factor { value } => format!("× {}", percent(value / 100.0)),
        SamplingValue::MinimumSampleRate { value } => format!("at least {}%", percent(value)),
        SamplingValue::Reservoir { limit } => format!("the first {limit}"),
    }
}

/// The biases: id, name, what it does.
const BIASES: [(&str, &str, &str); 8] = [
    (
        "boostEnvironments",
        "Keep development environments",
        "All traces of environments that are called like debug, dev, local, qa or test.",
    ),
    (
        "boostLatestRelease",
        "More of a new release",
        "For the first hours after a release was deployed.",
    ),
    (
        "ignoreHealthChecks",
        "Fewer health checks",
        "A fifth of what the rate says.",
    ),
    (
        "boostKeyTransactions",
        "More of key transactions",
        "Those that somebody has marked.",
    ),
    (
        "boostLowVolumeTransactions",
        "More of rare transactions",
        "So that those that seldom run are seen as well.",
    ),
    (
        "boostReplayId",
        "Keep traces with a replay",
        "So that a replay has its traces.",
    ),
    (
        "recalibrationRule",
        "Keep to the rate",
        "Makes up for what other rules kept too much or too little of.",
    ),
    (
        "minimumSampleRate",
        "The rate is a minimum",
        "Also for traces that began in a project with a lower one.",
    ),
];

/// `GET /organizations/{organization}/projects/{project}/settings/sampling/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<SamplingPage>, ApiError> {
    let settings = settings::of_project(&visit.app, &access.scope).await?.sampling;
    let form = SamplingForm::of(&settings);
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: SamplingForm,
    errors: FormErrors,
) -> Result<SamplingPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Sampling).await?;
    let config = project_config::get(&visit.app, scope.organization.id, scope.project.id).await?;
    let config = config.ok_or(AccessError::NotFound)?;
    Ok(SamplingPage {
        shell,
        frame,
        form,
        errors,
        rules: config.sampling.iter().map(RuleRow::new).collect(),
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/sampling/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<SamplingForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let before = settings::of_project(&visit.app, &scope).await?.sampling;
    let found = match form.settings(&before) {
        Ok(settings) => problems(settings::set_of_project(&visit.app, &scope, &settings).await)?,
        Err(problems) => problems,
    };
    if found.is_empty() {
        return Ok(saved(&visit, &scope, Section::Sampling));
    }
    let errors = FormErrors::of_problems(&found, field);
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

impl SamplingPage {
    fn has_bias(&self, id: &str) -> bool {
        self.form.bias.iter().any(|on| on == id)
    }

    fn custom(&self) -> Area {
        Area::new("custom", "Rules as JSON", &self.form.custom, &self.errors)
            .help("A JSON list, asked before all others: id between 3000 and 4999, type trace, transaction or project, samplingValue, condition, and a timeRange if it is for some time only.")
            .example("[\n  {\n    \"id\": 3000,\n    \"type\": \"transaction\",\n    \"samplingValue\": {\"type\": \"sampleRate\", \"value\": 1.0},\n    \"condition\": {\"op\": \"glob\", \"name\": \"event.transaction\", \"value\": [\"/checkout*\"]}\n  }\n]")
            .rows(8)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |settings: &Settings, custom: Option<&str>| {
            let (shell, frame) = Frame::sample(Section::Sampling);
            let mut form = SamplingForm::of(settings);
            if let Some(custom) = custom {
                custom.clone_into(&mut form.custom);
            }
            let errors = form.settings(settings).map_or_else(
                |problems| FormErrors::of_problems(&problems, field),
                |_| FormErrors::default(),
            );
            let rules = sampling::rules(settings, &Inputs::default()).unwrap_or_default();
            Self {
                shell,
                frame,
                form,
                errors,
                rules: rules.iter().map(RuleRow::new).collect(),
            }
        };
        let own = r#"[{"id": 3000, "type": "transaction", "samplingValue": {"type": "sampleRate", "value": 1.0},
            "condition": {"op": "glob", "name": "event.transaction", "value": ["/checkout*"]}}]"#;
        let typical = Settings {
            sample_rate: 0.125,
            custom: json_text::list("custom", own).unwrap_or_default(),
            ..Settings::default()
        };
        let wrong = "[\n  {\"id\": 7, \"samplingValue\": {\"type\": \"sampleRate\", \"value\": 2}, \"condition\": {\"op\": \"and\", \"inner\": []}}\n]";
        let hostile = format!("</textarea>{}", gallery::HOSTILE);
        vec![
            Sample::new("sampling-empty", &page(&Settings::default(), None)),
            Sample::new("sampling-typical", &page(&typical, None)),
            Sample::new("sampling-wrong", &page(&typical, Some(wrong))),
            Sample::new("sampling-hostile", &page(&Settings::default(), Some(&hostile))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_the_settings_that_it_was_made_of() {
        let mut settings = Settings {
            sample_rate: 0.125,
            ..Settings::default()
        };
        settings.biases.boost_replay_id = false;
        settings.biases.minimum_sample_rate = true;
        for settings in [settings, Settings::default()] {
            assert_eq!(
                SamplingForm::of(&settings).settings(&Settings::default()).unwrap(),
                settings
            );
        }
    }

    #[test]
    fn every_bias_has_a_name() {
        let named = BIASES.map(|(id, ..)| id);
        let known: Vec<String> = sampling::Biases::default()
            .list()
            .into_iter()
            .map(|bias| bias.id)
            .collect();
        assert_eq!(known, named);
    }

    #[test]
    fn an_error_points_at_the_rule() {
        let form = SamplingForm {
            rate: "100".to_owned(),
            custom: "[\n {\"id\": 3000, \"samplingValue\": {\"type\": \"factor\", \"value\": 2}, \"condition\": {\"op\": \"and\", \"inner\": []}},\n {\"id\": 3001,\n  \"samplingValue\": {\"type\": \"factor\", \"value\": 2},\n  \"condition\": {\"op\": \"nonsense\"}}\n]".to_owned(),
            ..SamplingForm::default()
        };
        let problems = form.settings(&Settings::default()).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(
            (field(&problems[0].field).as_str(), problems[0].line),
            ("custom", Some(5))
        );
        let wrong = SamplingForm {
            rate: "most".to_owned(),
            custom: "[".to_owned(),
            ..SamplingForm::default()
        };
        let fields: Vec<String> = wrong
            .settings(&Settings::default())
            .unwrap_err()
            .into_iter()
            .map(|problem| problem.field)
            .collect();
        assert_eq!(fields, ["rate", "custom"]);
    }

    #[test]
    fn rates_are_percent_without_idle_digits() {
        for (share, text) in [(1.0, "100"), (0.125, "12.5"), (0.000_01, "0.001"), (0.0, "0")] {
            assert_eq!(percent(share), text);
        }
    }
}
