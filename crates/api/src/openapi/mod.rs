//! `/api/0/openapi.json`: the API's description of itself, made from the table of routes. What a handler asks for by its
//! arguments stands there: no operation can be forgotten, and none can ask for another right than the one that is told.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::Json;
use http::Method;
use httpkit::{Guard, Route};
use serde_json::{Map, Value, json};
use services::Scope;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| document(crate::routes().table()));

/// `GET /api/0/openapi.json`
pub(crate) async fn show() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

fn document(routes: &[Route]) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in routes {
        let method = route.method.as_str().to_ascii_lowercase();
        paths.entry(&route.path).or_default().insert(method, operation(route));
    }
    let scopes: BTreeMap<&str, &str> = Scope::all().map(|scope| (scope.name(), "")).collect();
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Tocsin",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The API of this server. Paths and fields are those of Sentry's API. Lists are paged by the header Link.",
            "license": { "name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html" },
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "auth_token": {
                    "type": "oauth2",
                    "description": "A token in the header `Authorization: Bearer …`; what it may do is what the role of its user allows too.",
                    "flows": { "clientCredentials": { "tokenUrl": "/settings/account/api/auth-tokens/", "scopes": scopes } },
                },
                "dsn": {
                    "type": "apiKey", "in": "header", "name": "Authorization",
                    "description": "`DSN …`, where the project's public key suffices.",
                },
            },
            "schemas": {
                "Error": { "type": "object", "properties": { "detail": {} } },
                "FieldErrors": {
                    "type": "object",
                    "description": "The names of fields with what is wrong with each.",
                    "additionalProperties": { "type": "array", "items": { "type": "string" } },
                },
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route),
        "tags": [tag(&route.path)],
        "parameters": parameters(&route.path),
        "responses": responses(route),
    });
    match (&route.guard, route.open_because) {
        (Some(guard), _) => {
            operation["security"] = security(guard);
            if let Some(permission) = guard.permission {
                operation["x-permission"] = permission.name.into();
            }
        }
        (None, because) => {
            operation["security"] = json!([]);
            operation["description"] = format!("Open: {}.", because.unwrap_or_default()).into();
        }
    }
    if route.method == Method::POST || route.method == Method::PUT {
        operation["requestBody"] = json!({ "content": { "application/json": { "schema": { "type": "object" } } } });
    }
    operation
}

/// Each of the alternatives suffices.
fn security(guard: &Guard) -> Value {
    let Some(permission) = guard.permission else {
        return json!([{ "auth_token": [] }]);
    };
    permission
        .any_of
        .iter()
        .map(|scope| json!({ "auth_token": [scope.name()] }))
        .collect()
}

fn parameters(path: &str) -> Value {
    let names =
        names(path).map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    names.collect()
}

fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn responses(route: &Route) -> Value {
    let error = |description: &str, schema: &str| {
        let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
        json!({ "description": description, "content": { "application/json": { "schema": schema } } })
    };
    let mut responses = json!({ "2XX": { "description": "Done." } });
    responses["400"] = error(
        "What was sent, or a parameter of the query, cannot be taken.",
        "FieldErrors",
    );
    if route.guard.is_some() {
        responses["429"] = error("Too many requests: see the headers X-Sentry-Rate-Limit-….", "Error");
    }
    if route.method != Method::GET {
        responses["409"] = error("It is in the way of something that is there.", "FieldErrors");
    }
    if route.guard.is_some() {
        responses["401"] = error("Nobody is signed in.", "Error");
        responses["403"] = error("The right is lacking.", "Error");
        responses["404"] = error("It is not there, or not for whoever asks.", "Error");
    } else {
        responses["4XX"] = error("It cannot be answered.", "Error");
    }
    responses
}

/// `get_organizations_organization_issues`: unique, as method and path are.
fn operation_id(route: &Route) -> String {
    let mut id = route.method.as_str().to_ascii_lowercase();
    for part in route
        .path
        .split('/')
        .filter(|part| !part.is_empty() && *part != "api" && *part != "0")
    {
        id.push('_');
        id.extend(part.chars().filter_map(|c| match c {
            '{' => Some(':'),
            '}' => None,
            c => Some(c),
        }));
    }
    id
}

/// What the path is about: the last word of it that names a resource of an organization or a project.
fn tag(path: &str) -> &str {
    let mut words = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != "api" && *part != "0");
    let first = words.next().unwrap_or("root");
    match words.find(|part| !part.starts_with('{')) {
        Some(word) if ["organizations", "projects", "teams"].contains(&first) => word,
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openapi_lists_every_route_with_its_right() {
        let routes = crate::routes();
        let document = document(routes.table());
        for route in routes.table() {
            let method = route.method.as_str().to_ascii_lowercase();
            let operation = &document["paths"][&route.path][&method];
            assert!(operation.is_object(), "{method} {}", route.path);
            let scopes = operation["security"].as_array().unwrap().len();
            match route.guard.map(|guard| guard.permission) {
                None => assert_eq!(scopes, 0),
                Some(None) => assert_eq!(scopes, 1),
                Some(Some(permission)) => assert_eq!(scopes, permission.any_of.iter().count()),
            }
            assert_eq!(
                operation["parameters"].as_array().unwrap().len(),
                route.path.matches('{').count()
            );
        }
    }

    #[test]
    fn names_of_operations_are_unique() {
        let routes = crate::routes();
        let mut ids: Vec<String> = routes.table().iter().map(operation_id).collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn an_operation_is_filed_under_what_it_is_about() {
        let check = |path: &str, expected: &str| assert_eq!(tag(path), expected, "{path}");
        check("/api/0/organizations/{organization}/issues/{issue}/", "issues");
        check("/api/0/organizations/{organization}/", "organizations");
        check("/api/0/projects/{organization}/{project}/keys/{key}/", "keys");
        check("/api/0/issues/{issue}/tags/", "issues");
        check("/api/0/", "root");
    }
}
