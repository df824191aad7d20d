use std::{fmt::Write as _, path::Path};

use httpkit::{Route, Surface};
use services::access::permission;

use super::world::table;

/// Set, it makes the test write the document instead of comparing it.
const UPDATE: &str = "TOCSIN_UPDATE_DOCS";

/// The document of all routes and rights.
#[test]
fn the_document_of_permissions_is_the_table() {
    let expected = document();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&file, &expected).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == expected,
        "docs/permissions.md is not what the routes ask for: run this test with {UPDATE}=1"
    );
}

#[test]
fn every_open_route_says_why_and_no_other_does() {
    for (_, route) in table() {
        assert_eq!(
            route.guard.is_none(),
            route.open_because.is_some(),
            "{} {}",
            route.method,
            route.path
        );
    }
}

#[test]
fn no_two_routes_have_the_same_path_and_method() {
    let mut all: Vec<String> = table()
        .iter()
        .map(|(_, route)| format!("{} {}", route.method, route.path))
        .collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

fn document() -> String {
    let mut text = String::from(
        "# Permissions\n\n\
        Made from the table of routes by a test, which also keeps it equal; `TOCSIN_UPDATE_DOCS=1 cargo test -p tocsin permissions` \
        writes it anew.\n\nA request needs one of the scopes of its line, in what the place names: the effective right is what the \
        role allows and the token allows too. A wider scope includes the narrower ones of its kind (`admin`, `write`, `read`).\n\n\
        ## Rights\n\n| right | any of the scopes | password again |\n|---|---|---|\n",
    );
    for permission in permission::ALL {
        let scopes: Vec<&str> = permission.any_of.iter().map(services::Scope::name).collect();
        let sudo = if permission.sudo { "yes" } else { "" };
        writeln!(text, "| {} | {} | {sudo} |", permission.name, scopes.join(", ")).unwrap();
    }
    for (surface, title) in [(Surface::Api, "API"), (Surface::Pages, "Pages")] {
        write!(
            text,
            "\n## {title}\n\n| method | path | where | right |\n|---|---|---|---|\n"
        )
        .unwrap();
        for (_, route) in table().iter().filter(|(of, _)| *of == surface) {
            writeln!(text, "| {} | `{}` | {} |", route.method, route.path, rights(route)).unwrap();
        }
    }
    text
}

fn rights(route: &Route) -> String {
    match (&route.guard, route.open_because) {
        (Some(guard), _) => {
            let name = guard.permission.map_or("", |permission| permission.name);
            format!("{} | {name}", format!("{:?}", guard.place).to_lowercase())
        }
        (None, because) => format!("open | {}", because.unwrap_or_default()),
    }
}
