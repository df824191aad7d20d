use std::cmp::Ordering;

use httpkit::ApiError;
use model::ProjectId;
use services::{App, access::OrganizationScope};

use crate::{issues::named_projects, parameters::Parameters};

/// Which rules a request is about.
#[derive(Debug)]
pub(crate) struct Selection {
    /// Empty: all.
    pub(crate) projects: Vec<ProjectId>,
    ids: Vec<i64>,
    /// In lower case.
    words: Vec<String>,
    kind: Option<String>,
    is_narrowed: bool,
}

impl Selection {
    pub(crate) async fn read(app: &App, scope: &OrganizationScope, parameters: &Parameters) -> Result<Self, ApiError> {
        let ids: Result<Vec<i64>, _> = parameters.all("id").map(str::parse).collect();
        let ids = ids.map_err(|_| ApiError::field("id", "Invalid ID format"))?;
        let mut words = Vec::new();
        let mut kind = None;
        for word in parameters.filled("query").unwrap_or_default().split_whitespace() {
            match word.split_once(':') {
                Some(("type", wanted)) => kind = Some(wanted.to_owned()),
                Some(("name", word)) => words.push(word.to_lowercase()),
                _ => words.push(word.to_lowercase()),
            }
        }
        Ok(Self {
            projects: named_projects(app, scope, parameters).await?,
            ids,
            words,
            kind,
            is_narrowed: ["id", "query", "project"]
                .iter()
                .any(|name| parameters.filled(name).is_some()),
        })
    }

    /// Of a request that changes all that it is about: it has to say which.
    pub(crate) async fn required(
        app: &App,
        scope: &OrganizationScope,
        parameters: &Parameters,
    ) -> Result<Self, ApiError> {
        let selection = Self::read(app, scope, parameters).await?;
        if !selection.is_narrowed {
            return Err(ApiError::bad_request(
                "At least one of 'id', 'query' or 'project' must be provided.",
            ));
        }
        Ok(selection)
    }

    pub(crate) fn has(&self, id: i64, name: &str, kind: &str) -> bool {
        let name = name.to_lowercase();
        (self.ids.is_empty() || self.ids.contains(&id))
            && self.words.iter().all(|word| name.contains(word.trim_matches('*')))
            && self.kind.as_ref().is_none_or(|wanted| wanted == kind)
    }
}

/// Sorts by the key that `sortBy` names, by id where it names none or the keys are the same; `-` in front turns it round.
pub(crate) fn sort<T>(
    rows: &mut [T],
    parameters: &Parameters,
    id: impl Fn(&T) -> i64,
    by: impl Fn(&str) -> Option<fn(&T, &T) -> Ordering>,
) -> Result<(), ApiError> {
    let name = parameters.filled("sortBy").unwrap_or("id");
    let (name, is_turned) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
    let compare = match name {
        "id" => |_: &T, _: &T| Ordering::Equal,
        name => by(name).ok_or_else(|| ApiError::field("sortBy", "Invalid sort field"))?,
    };
    rows.sort_by(|one, other| {
        let order = compare(one, other).then_with(|| id(one).cmp(&id(other)));
        if is_turned { order.reverse() } else { order }
    });
    Ok(())
}
