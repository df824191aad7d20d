use std::sync::Arc;

use query::Field;
use store::events::{Facet, ValueOrder, Values};

use super::{
    About, DiscoverError,
    answers::{Answer, Key},
    asking::ask,
    resolve::resolve,
};
use crate::{App, access::OrganizationScope};

/// What tells values of one field apart and sorts them.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuesRequest {
    pub about: About,
    pub field: Field,
    /// What the values must hold, in any case.
    pub contains: String,
    pub order: ValueOrder,
    pub limit: usize,
    pub offset: usize,
}

/// Tags and their most frequent values over the rows: all tags, or those of `keys`. Each with at most `top` values.
pub async fn facets(
    app: &App,
    scope: &OrganizationScope,
    about: &About,
    top: usize,
    keys: Option<&[Field]>,
) -> Result<Vec<Facet>, DiscoverError> {
    let organization = scope.organization.id;
    let resolved = resolve(app, scope, about, &[]).await?;
    let key = Key::of(&(
        "facets",
        organization,
        &resolved.scope,
        &resolved.query.filter,
        top,
        keys,
    ));
    let about_issues = keys
        .unwrap_or_default()
        .iter()
        .cloned()
        .map(query::Column::Field)
        .collect::<Vec<_>>();
    let find = async {
        let bindings = resolved.bindings(app, organization, &about_issues).await?.map(Arc::new);
        let (rows, filter, keys) = (
            resolved.scope.clone(),
            resolved.query.filter.clone(),
            keys.map(<[Field]>::to_vec),
        );
        let facets = ask(app, organization, move |index, limits| {
            index.facets(&rows, &filter, bindings.as_deref(), top, keys.as_deref(), limits)
        })
        .await?;
        Ok(Answer::Facets(facets))
    };
    let answer = app
        .questions
        .answers
        .get(key, app.now(), app.events.changes(), find)
        .await?;
    Ok(answer.facets().to_vec())
}

/// The values of a field, for lists and completion.
pub async fn values(app: &App, scope: &OrganizationScope, request: &ValuesRequest) -> Result<Values, DiscoverError> {
    let organization = scope.organization.id;
    let resolved = resolve(app, scope, &request.about, &[]).await?;
    let key = Key::of(&("values", organization, &resolved.scope, &resolved.query.filter, request));
    let find = async {
        let (rows, filter, request) = (resolved.scope.clone(), resolved.query.filter.clone(), request.clone());
        let values = ask(app, organization, move |index, limits| {
            let ValuesRequest {
                field,
                contains,
                order,
                limit,
                offset,
                ..
            } = &request;
            index.tag_values(&rows, &filter, field, contains, *order, *offset, *limit, limits)
        })
        .await?;
        Ok(Answer::Values(values))
    };
    let answer = app
        .questions
        .answers
        .get(key, app.now(), app.events.changes(), find)
        .await?;
    Ok(answer.values().clone())
}
