//! Mails about issues in a project's or a rule's own words. A template that cannot be used never holds a mail up: the
//! mail goes out in Tocsin's words, and the template is flagged.

use alerts::template::{Form, Message, Template, TemplateError, split_subject};
use model::{AlertRuleId, ProjectId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::mail_templates::TemplateProblem;

use super::{
    kinds::{message_of, trace_of},
    letter::{Block, Letter},
    links,
    source::{self, Source},
};
use crate::{
    App,
    access::ProjectScope,
    events::payload,
    settings::{Problem, ProjectTopic},
};

/// Characters of a prefix, and of a template of a subject.
const MAX_PREFIX: usize = 100;
const MAX_SUBJECT: usize = 500;

/// What a project sets about its mails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailSettings {
    /// `None`: that of the installation.
    pub subject_prefix: Option<String>,
    /// Empty for Tocsin's own. In the language of message templates, or with `$shortID` and its kind.
    pub subject_template: String,
    pub body_template: String,
}

impl ProjectTopic for MailSettings {
    const NAME: &'static str = "mail";

    fn problems(&self) -> Vec<Problem> {
        let problem = |field: &str, message: String| Problem {
            field: field.to_owned(),
            line: None,
            column: None,
            message,
        };
        let of_template = |field: &str, error: TemplateError| Problem {
            field: field.to_owned(),
            line: Some(error.line),
            column: Some(error.column),
            message: error.message,
        };
        let mut problems = Vec::new();
        let prefix = self.subject_prefix.as_deref().unwrap_or_default();
        if prefix.chars().count() > MAX_PREFIX || prefix.chars().any(char::is_control) {
            problems.push(problem(
                "subject_prefix",
                format!("expected one line of at most {MAX_PREFIX} characters"),
            ));
        }
        let subject = &self.subject_template;
        if subject.chars().count() > MAX_SUBJECT || subject.chars().any(char::is_control) {
            problems.push(problem(
                "subject_template",
                format!("expected one line of at most {MAX_SUBJECT} characters"),
            ));
        } else if let Err(error) = Template::parse(subject) {
            problems.push(of_template("subject_template", error));
        }
        let (own_subject, _) = split_subject(&self.body_template);
        let subject = own_subject.map_or(Ok(()), |subject| Template::parse(subject).map(drop));
        let whole = Template::parse(&self.body_template).map(drop);
        if let Err(error) = whole.and(subject) {
            problems.push(of_template("body_template", error));
        }
        problems
    }
}

/// The templates of one rule or project.
#[derive(Debug, Clone, Default)]
struct Words {
    rule: Option<AlertRuleId>,
    subject: String,
    body: String,
}

/// Puts a letter into the words of the rule, else of the project.
pub(super) async fn apply(source: &Source<'_>, letter: &mut Letter) -> Result<(), store::Error> {
    let variables = message(source).await?.to_value();
    let of_rule = of_rule(source);
    let of_project = of_project(source);
    let subject = [&of_rule.subject, &of_project.subject];
    let words = if of_rule.body.is_empty() { &of_project } else { &of_rule };
    let (own_subject, body) = split_subject(&words.body);
    if !body.trim().is_empty() {
        match written(body, &variables) {
            Ok(block) => {
                letter.heading = String::new();
                letter.blocks = vec![block];
            }
            Err(error) => flag(source, words.rule, "body", &error).await?,
        }
    }
    let chosen = match own_subject.filter(|_| of_rule.subject.is_empty()) {
        Some(subject) => Some((words.rule, subject.to_owned())),
        None => {
            let place = subject.iter().position(|subject| !subject.is_empty());
            place.map(|place| (if place == 0 { of_rule.rule } else { None }, subject[place].clone()))
        }
    };
    if let Some((rule, template)) = chosen {
        fill_subject(source, rule, &template, &variables, letter).await?;
    }
    Ok(())
}

/// Gives a letter the subject that the project's alerts have: what follows stands in one thread with them.
pub(super) async fn subject(source: &Source<'_>, letter: &mut Letter) -> Result<(), store::Error> {
    let template = &source.settings.subject_template;
    if template.is_empty() {
        return Ok(());
    }
    let variables = message(source).await?.to_value();
    fill_subject(source, None, template, &variables, letter).await
}

async fn fill_subject(
    source: &Source<'_>,
    rule: Option<AlertRuleId>,
    template: &str,
    variables: &Value,
    letter: &mut Letter,
) -> Result<(), store::Error> {
    let filled = if template.contains("{{") || template.contains("{%") {
        Template::parse(template).and_then(|template| template.render(variables, Form::Line))
    } else {
        Ok(dollars(template, source))
    };
    match filled {
        Ok(subject) if subject.trim().is_empty() => Ok(()),
        Ok(subject) => {
            letter.subject = subject;
            Ok(())
        }
        Err(error) => flag(source, rule, "subject", &error).await,
    }
}

/// What a template says, as text and as HTML.
fn written(body: &str, variables: &Value) -> Result<Block, TemplateError> {
    let template = Template::parse(body)?;
    let text = template.render(variables, Form::Text)?;
    Ok(Block::Written {
        html: to_html(&text),
        text,
    })
}

/// Text as HTML: its lines stay, addresses become links, nothing in it is markup.
fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        let mut rest = line.trim_start_matches([' ', '\t']);
        // What a line begins with holds the shape of a stack trace.
        for c in line[..line.len() - rest.len()].chars() {
            html.push_str(if c == '\t' {
                "&nbsp;&nbsp;&nbsp;&nbsp;"
            } else {
                "&nbsp;"
            });
        }
        while let Some(start) = rest.find("https://").into_iter().chain(rest.find("http://")).min() {
            escape(&rest[..start], &mut html);
            let address = &rest[start..];
            let end = address
                .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
                .unwrap_or(address.len());
            let (address, after) = address.split_at(end);
            html.push_str("<a class=\"link\" style=\"color:#2f55c8;\" href=\"");
            escape(address, &mut html);
            html.push_str("\">");
            escape(address, &mut html);
            html.push_str("</a>");
            rest = after;
        }
        escape(rest, &mut html);
        html.push_str("<br>\n");
    }
    html
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

/// `$title`, `$shortID`, `$project`, `$projectID`, `$orgID` and `${tag:name}` filled in; anything else stays.
fn dollars(template: &str, source: &Source<'_>) -> String {
    let issue = source.issue.as_ref();
    let nothing = Value::Null;
    let event = source.event.as_ref().unwrap_or(&nothing);
    let tag = |name: &str| {
        let tags = payload::pairs(event, "tags");
        let found = tags.iter().find(|(key, _)| key == name);
        found.and_then(|(_, value)| payload::scalar(value)).unwrap_or_default()
    };
    let named = |name: &str| {
        Some(match name {
            "title" => issue.map(|issue| issue.title.clone())?,
            "shortID" => source.short_id(),
            "project" => source.project.as_ref()?.name.clone(),
            "projectID" => source.project_slug().to_owned(),
            "orgID" => source.organization.as_ref()?.slug.clone(),
            _ => tag(name.strip_prefix("tag:")?),
        })
    };
    let mut filled = String::new();
    let mut rest = template;
    while let Some(start) = rest.find('$') {
        filled.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let (name, length) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        match named(name) {
            Some(value) => filled.push_str(&value),
            None => filled.push_str(&rest[start..=start + length]),
        }
        rest = &after[length..];
    }
    filled.push_str(rest);
    filled
}

fn of_project(source: &Source<'_>) -> Words {
    Words {
        rule: None,
        subject: source.settings.subject_template.clone(),
        body: source.settings.body_template.clone(),
    }
}

/// The templates of the first rule that has some.
fn of_rule(source: &Source<'_>) -> Words {
    let rules = source.of.cause.get("rules").and_then(Value::as_array);
    for rule in rules.into_iter().flatten() {
        let actions = rule.get("actions").and_then(Value::as_array);
        for action in actions.into_iter().flatten() {
            let is_mail = payload::text(action, "id").is_some_and(|id| id.contains(".mail."));
            let field = |name: &str| payload::text(action, name).unwrap_or_default();
            let words = Words {
                rule: rule.get("id").and_then(Value::as_i64).map(AlertRuleId),
                subject: field("subject"),
                body: field("template"),
            };
            if is_mail && !(words.subject.is_empty() && words.body.is_empty()) {
                return words;
            }
        }
    }
    Words::default()
}

/// What a template can say of the issue and the event.
async fn message(source: &Source<'_>) -> Result<Message, store::Error> {
    let nothing = Value::Null;
    let event = source.event.as_ref().unwrap_or(&nothing);
    let cause = &source.of.cause;
    let number = |key: &str| payload::number(cause, key);
    let Some(issue) = &source.issue else {
        return Ok(Message::default());
    };
    let assignee = match issue.assignee {
        Some(model::Assignee::User(user)) => Some(source.name_of(user).await?),
        Some(model::Assignee::Team(_)) | None => None,
    };
    let first_rule = cause.get("rules").and_then(|rules| rules.get(0));
    let filled = |text: String| (!text.is_empty()).then_some(text);
    let tags = payload::pairs(event, "tags").into_iter();
    let mut tags: Vec<(String, String)> = tags
        .filter_map(|(key, value)| Some((key, payload::scalar(value)?)))
        .collect();
    let request = event.get("request");
    for (tag, of_request) in [("http.method", "method"), ("url", "url")] {
        let value = request.and_then(|request| payload::text(request, of_request));
        if let Some(value) = value.filter(|_| tags.iter().all(|(key, _)| key != tag)) {
            tags.push((tag.to_owned(), value));
        }
    }
    for tag in ["transaction", "release", "environment"] {
        let value = payload::text(event, tag);
        if let Some(value) = value.filter(|_| tags.iter().all(|(key, _)| key != tag)) {
            tags.push((tag.to_owned(), value));
        }
    }
    let received = source::time_of(cause, "received_at");
    Ok(Message {
        title: issue.title.clone(),
        level: issue.level.name().to_owned(),
        project_name: source
            .project
            .as_ref()
            .map(|project| project.name.clone())
            .unwrap_or_default(),
        project_link: source.page(&format!("projects/{}/", source.project_slug())),
        environment: payload::text(event, "environment"),
        count: number("count").or(Some(issue.times_seen.unsigned_abs())),
        // Without a count of a window it is that of all events: "64 in total".
        window: payload::text(cause, "window").or_else(|| Some("total".to_owned())),
        unique_users: number("unique_users").or(Some(issue.users_seen.unsigned_abs())),
        message: filled(message_of(event)),
        culprit: filled(issue.culprit.clone()),
        exception: filled(trace_of(event)),
        timestamp: received.unwrap_or(source.of.created_at).to_string(),
        first_seen: issue.first_seen.to_string(),
        times_seen: issue.times_seen.unsigned_abs(),
        short_id: source.short_id(),
        event_id: source.of.event.map(|event| event.to_string()).unwrap_or_default(),
        url: source.issue_page("alert_email"),
        release: payload::text(event, "release"),
        transaction: payload::text(event, "transaction"),
        rule_name: first_rule.and_then(|rule| payload::text(rule, "name")),
        assignee,
        on_call: None,
        settings_url: source.app.url.join(links::SETTINGS),
        unsubscribe_url: None,
        tags,
    })
}

async fn flag(
    source: &Source<'_>,
    rule: Option<AlertRuleId>,
    part: &str,
    error: &TemplateError,
) -> Result<(), store::Error> {
    let Some(project) = source.of.project else {
        return Ok(());
    };
    let problem = TemplateProblem {
        project,
        rule,
        part: part.to_owned(),
        message: error.to_string(),
        last_at: source.app.now(),
    };
    let mut tx = source.app.store.begin().await?;
    store::mail_templates::set_problem(&mut tx, &problem).await?;
    tx.commit().await
}

/// What a project sets, and which of its templates failed lately.
pub async fn of(app: &App, project: ProjectId) -> Result<(MailSettings, Vec<TemplateProblem>), store::Error> {
    let mut db = app.store.read().await?;
    let settings = source::mail_settings(&mut db, project).await?;
    Ok((settings, store::mail_templates::problems(&mut db, project).await?))
}

/// Sets what a project says in its mails.
pub async fn save(app: &App, scope: &ProjectScope, settings: &MailSettings) -> Result<(), crate::settings::SetError> {
    crate::settings::set_of_project(app, scope, settings).await?;
    let mut tx = app.store.begin().await?;
    store::mail_templates::clear_problems(&mut tx, scope.project.id, None).await?;
    Ok(tx.commit().await?)
}

/// A mail as a template makes it, of a made-up issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sampled {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Tries templates. Unlike when mails are sent, a wrong one is an error.
pub fn try_template(settings: &MailSettings) -> Result<Sampled, Vec<Problem>> {
    let problems = settings.problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    let variables = Message::sample().to_value();
    let failed = |field: &'static str| {
        move |error: TemplateError| {
            vec![Problem {
                field: field.to_owned(),
                line: Some(error.line),
                column: Some(error.column),
                message: error.message,
            }]
        }
    };
    let (own_subject, body) = split_subject(&settings.body_template);
    let subject = own_subject.unwrap_or(&settings.subject_template);
    let subject = Template::parse(subject).and_then(|template| template.render(&variables, Form::Line));
    let block = written(body, &variables).map_err(failed("body_template"))?;
    let Block::Written { text, html } = block else {
        return Err(Vec::new());
    };
    Ok(Sampled {
        subject: subject.map_err(failed("subject_template"))?,
        text,
        html,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_html_with_links_and_without_markup() {
        assert_eq!(
            to_html("a <b> & c\n  at https://x.example/?a=1&b=2 now"),
            "a &lt;b&gt; &amp; c<br>\n&nbsp;&nbsp;at <a class=\"link\" style=\"color:#2f55c8;\" \
             href=\"https://x.example/?a=1&amp;b=2\">https://x.example/?a=1&amp;b=2</a> now<br>\n"
        );
    }

    #[test]
    fn wrong_templates_are_refused_with_their_place() {
        let settings = MailSettings {
            subject_prefix: Some("x\ny".to_owned()),
            subject_template: "{{ title".to_owned(),
            body_template: "a\n{% if %}".to_owned(),
        };
        let fields: Vec<_> = settings
            .problems()
            .into_iter()
            .map(|problem| (problem.field, problem.line))
            .collect();
        assert_eq!(
            fields,
            [
                ("subject_prefix".to_owned(), None),
                ("subject_template".to_owned(), Some(1)),
                ("body_template".to_owned(), Some(2))
            ]
        );
        assert!(MailSettings::default().problems().is_empty());
    }
}
