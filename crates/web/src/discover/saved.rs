//! Questions that are kept: saved under a name, opened, renamed, deleted.

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, OrganizationAccess, PathParams, scopes::OrgRead};
use model::{DiscoverQueryId, ProjectId};
use query::Dataset;
use serde::Deserialize;
use services::{
    App,
    access::OrganizationScope,
    discover::saved::{self, NewQuery, Question, SavedDataset, SavedQuery},
};
use store::discover_queries::{QueryOrder, QueryPage};

use super::asked::Asked;
use crate::{
    form::NoFields,
    notice::{Done, PendingNotice},
    scope::{Range, Scope},
    urls::{self, Links},
    visit::Visit,
};

/// The saved queries of the organization, and the one that is open.
#[derive(Debug, Default)]
pub(crate) struct SavedList {
    pub(crate) all: Vec<SavedRow>,
    pub(crate) open: Option<SavedRow>,
}

#[derive(Debug, Clone)]
pub(crate) struct SavedRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// Who made it.
    pub(crate) by: String,
}

/// Those that were opened last.
const MOST_LISTED: i64 = 50;

impl SavedRow {
    fn of(query: &SavedQuery) -> Self {
        Self {
            id: query.id.0,
            name: query.name.clone(),
            by: query
                .created_by
                .as_ref()
                .map_or_else(String::new, crate::visit::display_name),
        }
    }
}

pub(super) async fn list(app: &App, scope: &OrganizationScope, open: Option<i64>) -> Result<SavedList, ApiError> {
    let page = QueryPage {
        name: None,
        order: QueryOrder::LastVisit,
        descending: false,
        offset: 0,
        limit: MOST_LISTED,
    };
    let all = saved::list(app, scope, &page).await?;
    // One that was deleted since the link was made is none.
    let open = match open {
        Some(id) => saved::get(app, scope, DiscoverQueryId(id)).await.ok(),
        None => None,
    };
    Ok(SavedList {
        all: all.iter().map(SavedRow::of).collect(),
        open: open.as_ref().map(SavedRow::of),
    })
}

/// What the forms of saving send: the question as the URL of the page says it.
#[derive(Debug, Deserialize)]
pub(crate) struct SaveForm {
    name: String,
    question: String,
}

/// `POST /organizations/{organization}/discover/queries/`
pub(crate) async fn create(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
    CsrfForm { form, .. }: CsrfForm<SaveForm>,
) -> Result<Response, ApiError> {
    let organization = access.scope;
    let (asked, scope) = read(&form.question);
    let new = new_query(&form.name, &asked, &scope);
    let query = saved::create(&visit.app, &organization, &new).await?;
    Ok(done(&organization, &asked, &scope, Some(query.id), Done::QuerySaved))
}

/// `POST /organizations/{organization}/discover/queries/{query}/save/`
pub(crate) async fn save(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<SaveForm>,
) -> Result<Response, ApiError> {
    let organization = access.scope;
    let (asked, scope) = read(&form.question);
    let new = new_query(&form.name, &asked, &scope);
    let query = saved::update(&visit.app, &organization, id(&path)?, &new).await?;
    Ok(done(&organization, &asked, &scope, Some(query.id), Done::QuerySaved))
}

/// `POST /organizations/{organization}/discover/queries/{query}/delete/`
pub(crate) async fn delete(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let organization = access.scope;
    saved::delete(&visit.app, &organization, id(&path)?).await?;
    let asked = Asked::of(Dataset::Errors);
    Ok(done(&organization, &asked, &Scope::default(), None, Done::QueryDeleted))
}

/// `GET /organizations/{organization}/discover/queries/{query}/`: leads to the page with the question.
pub(crate) async fn open(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
    path: PathParams,
) -> Result<Redirect, ApiError> {
    let query = saved::get(&visit.app, &access.scope, id(&path)?).await?;
    saved::visit(&visit.app, &access.scope, query.id).await?;
    let (asked, scope) = of_saved(&query);
    let links = Links::new(&access.scope.organization.slug, scope.query());
    Ok(Redirect::to(&links.discover(&asked.pairs())))
}

fn id(path: &PathParams) -> Result<DiscoverQueryId, ApiError> {
    path.get("query")?
        .parse()
        .map(DiscoverQueryId)
        .map_err(|_| ApiError::not_found())
}

fn read(question: &str) -> (Asked, Scope) {
    let pairs = urls::parse_query(question);
    let pairs = || pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    (Asked::read(pairs()), Scope::from_query(pairs()))
}

fn done(
    organization: &OrganizationScope,
    asked: &Asked,
    scope: &Scope,
    saved: Option<DiscoverQueryId>,
    done: Done,
) -> Response {
    let asked = asked.with(|asked| asked.saved = saved.map(|id| id.0));
    let links = Links::new(&organization.organization.slug, scope.query());
    (PendingNotice::of(done), Redirect::to(&links.discover(&asked.pairs()))).into_response()
}

fn new_query(name: &str, asked: &Asked, scope: &Scope) -> NewQuery {
    let (range, start, end) = match &scope.range {
        Range::Default => (None, None, None),
        Range::Period(period) => (Some(period.clone()), None, None),
        Range::Between { start, end } => (None, Some(*start), Some(*end)),
    };
    NewQuery {
        name: name.to_owned(),
        dataset: match asked.dataset {
            Dataset::Transactions => SavedDataset::Transactions,
            _ => SavedDataset::Errors,
        },
        projects: scope.projects.iter().copied().map(ProjectId).collect(),
        question: Question {
            environment: scope.environments.clone(),
            query: Some(asked.query.clone()),
            fields: asked.fields.clone(),
            widths: Vec::new(),
            range,
            start,
            end,
            orderby: asked.sort.clone(),
            y_axis: vec![asked.y_axis.clone()],
            display: Some(if asked.top > 0 { "top5" } else { "default" }.to_owned()),
            top_events: u8::try_from(asked.top).ok().filter(|top| *top > 0),
            interval: Some(asked.interval.clone()).filter(|interval| !interval.is_empty()),
        },
    }
}

fn of_saved(query: &SavedQuery) -> (Asked, Scope) {
    let question = &query.question;
    let dataset = match query.dataset {
        SavedDataset::Transactions => Dataset::Transactions,
        SavedDataset::Errors | SavedDataset::Discover => Dataset::Errors,
    };
    let mut pairs = vec![("dataset", dataset.name().to_owned())];
    pairs.extend(question.query.clone().map(|query| ("query", query)));
    pairs.extend(question.fields.iter().map(|field| ("field", field.clone())));
    pairs.extend(question.orderby.clone().map(|sort| ("sort", sort)));
    pairs.extend(question.y_axis.first().map(|value| ("yAxis", value.clone())));
    pairs.extend(question.top_events.map(|top| ("topEvents", top.to_string())));
    pairs.extend(question.interval.clone().map(|interval| ("interval", interval)));
    pairs.push(("id", query.id.0.to_string()));
    let asked = Asked::read(pairs.iter().map(|(key, value)| (*key, value.as_str())));
    let range = match (question.start.zip(question.end), &question.range) {
        (Some((start, end)), _) => Range::Between { start, end },
        (None, Some(period)) => Range::Period(period.clone()),
        (None, None) => Range::Default,
    };
    let scope = Scope {
        projects: query.projects.iter().map(|project| project.0).collect(),
        environments: question.environment.clone(),
        range,
    };
    (asked, scope)
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;

    #[test]
    fn a_question_is_opened_as_it_was_saved() {
        for (_, asked) in super::super::asked::presets() {
            let scope = Scope {
                projects: vec![7],
                environments: vec!["production".to_owned()],
                range: Range::Period("24h".to_owned()),
            };
            let new = new_query("x", &asked, &scope);
            let now = Timestamp::from_seconds(0);
            let query = SavedQuery {
                id: DiscoverQueryId(3),
                created_by: None,
                name: new.name,
                dataset: new.dataset,
                projects: new.projects,
                question: new.question,
                created_at: now,
                updated_at: now,
                visits: 0,
            };
            let expected = asked.with(|asked| asked.saved = Some(3));
            assert_eq!(of_saved(&query), (expected, scope));
        }
    }
}
