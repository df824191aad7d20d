//! What of an event stands on top of its page.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use serde::Deserialize;
use services::{
    access::ProjectScope,
    highlights::Highlights,
    settings::{self, Problem, ProjectTopic as _},
};

use super::{Frame, problems, refused, saved};
use crate::{
    form::{Area, FormErrors, lines, typed},
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::Section,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "projects/settings/highlights.html")]
pub(crate) struct HighlightsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: HighlightsForm,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct HighlightsForm {
    /// One key a line.
    tags: String,
    /// A context and its keys a line: `os: name, version`.
    context: String,
}

impl HighlightsForm {
    fn of(highlights: &Highlights) -> Self {
        let context = highlights
            .context
            .iter()
            .map(|(name, keys)| format!("{name}: {}", keys.join(", ")));
        Self {
            tags: highlights.tags.join("\n"),
            context: context.collect::<Vec<_>>().join("\n"),
        }
    }

    fn highlights(&self) -> Result<Highlights, Vec<Problem>> {
        let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut wrong = Vec::new();
        for (index, line) in lines(&self.context).iter().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let Some((name, keys)) = line.split_once(':').filter(|(name, _)| !name.trim().is_empty()) else {
                wrong.push(Problem {
                    field: "context".to_owned(),
                    line: Some(index + 1),
                    column: None,
                    message: "write the name of a context, a colon, and its keys: os: name, version".to_owned(),
                });
                continue;
            };
            let keys = keys.split(',').map(str::trim).filter(|key| !key.is_empty());
            context
                .entry(name.trim().to_owned())
                .or_default()
                .extend(keys.map(str::to_owned));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let tags = lines(&self.tags).into_iter().map(|line| line.trim().to_owned());
        Ok(Highlights {
            tags: tags.filter(|tag| !tag.is_empty()).collect(),
            context,
        })
    }
}

/// `GET /organizations/{organization}/projects/{project}/settings/highlights/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<HighlightsPage>, ApiError> {
    let highlights = settings::of_project(&visit.app, &access.scope).await?.highlights;
    let form = HighlightsForm::of(&highlights);
    page(&visit, &access.scope, form, FormErrors::default()).await.map(Page)
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: HighlightsForm,
    errors: FormErrors,
) -> Result<HighlightsPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Highlights).await?;
    Ok(HighlightsPage {
        shell,
        frame,
        form,
        errors,
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/highlights/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<HighlightsForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let found = match form.highlights() {
        Ok(highlights) => problems(settings::set_of_project(&visit.app, &scope, &highlights).await)?,
        Err(found) => found,
    };
    if found.is_empty() {
        return Ok(saved(&visit, &scope, Section::Highlights));
    }
    let errors = FormErrors::of_problems(&found, str::to_owned);
    let form = HighlightsForm {
        tags: typed(&form.tags),
        context: typed(&form.context),
    };
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

impl HighlightsPage {
    fn tags(&self) -> Area {
        Area::new("tags", "Tags", &self.form.tags, &self.errors)
            .help("One key a line, in the order in which they are shown.")
            .example("region\ncustomer.tier")
            .rows(6)
    }

    fn context(&self) -> Area {
        Area::new("context", "Contexts", &self.form.context, &self.errors)
            .help("A context and its keys a line. What an event tells of its user is the context user.")
            .example("os: name, version\nuser: email")
            .rows(6)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |form: HighlightsForm| {
            let (shell, frame) = Frame::sample(Section::Highlights);
            let found = match form.highlights() {
                Ok(highlights) => highlights.problems(),
                Err(found) => found,
            };
            Self {
                shell,
                frame,
                form,
                errors: FormErrors::of_problems(&found, str::to_owned),
            }
        };
        let form = |tags: &str, context: &str| HighlightsForm {
            tags: tags.to_owned(),
            context: context.to_owned(),
        };
        let hostile = format!("</textarea>{}", gallery::HOSTILE);
        vec![
            Sample::new("highlights-empty", &page(form("", ""))),
            Sample::new(
                "highlights-typical",
                &page(form("region\ncustomer.tier", "os: name, version\nuser: email")),
            ),
            Sample::new("highlights-wrong", &page(form("region", "os\nuser: email"))),
            Sample::new("highlights-hostile", &page(form(&hostile, &format!("{hostile}: a")))),
            Sample::new(
                "highlights-huge",
                &page(form(&"tag\n".repeat(51), &"os: name\n".repeat(2_000))),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_written_and_read_back() {
        let form = HighlightsForm {
            tags: "region\r\n\r\n tier \r\n".to_owned(),
            context: "os: name, version\r\nuser:email\r\nos: build\r\n".to_owned(),
        };
        let highlights = form.highlights().unwrap();
        assert_eq!(highlights.tags, ["region", "tier"]);
        let written = HighlightsForm::of(&highlights);
        assert_eq!(written.context, "os: name, version, build\nuser: email");
        assert_eq!(written.highlights().unwrap(), highlights);
        for context in ["os", ": name"] {
            let wrong = HighlightsForm {
                tags: String::new(),
                context: format!("user: id\n{context}"),
            };
            assert_eq!(wrong.highlights().unwrap_err()[0].line, Some(2));
        }
    }
}
