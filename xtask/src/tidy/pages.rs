//! Pages work under a Content-Security-Policy without inline script or style, and load nothing from elsewhere.

use super::{Finding, Tree};

const RULE: &str = "page";
const TEMPLATES: &str = "crates/web/templates/";
const ASSETS: &str = "crates/web/assets/";

/// A name, not an address: nothing is fetched from it.
const SVG_NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// Attributes that make a browser fetch or send by itself.
const FETCHING: &[&str] = &[
    "src",
    "srcset",
    "poster",
    "action",
    "formaction",
    "data",
    "hx-get",
    "hx-post",
    "hx-put",
    "hx-delete",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts(TEMPLATES, &[".html", ".svg", ".txt"]) {
        for (line, advice) in template_objections(text) {
            findings.push(Finding::new(path, line, RULE, advice));
        }
    }
    for (path, text) in tree.texts(ASSETS, &[".css", ".js", ".svg"]) {
        for (index, line) in text.lines().enumerate() {
            if let Some(advice) = asset_objection(path, line) {
                findings.push(Finding::new(path, index + 1, RULE, advice));
            }
        }
    }
    findings
}

fn template_objections(text: &str) -> Vec<(usize, String)> {
    let markup = without_expressions(text);
    let mut found = Vec::new();
    for tag in tags(&markup) {
        let line = markup[..tag.at].matches('\n').count() + 1;
        let mut report = |advice: String| found.push((line, advice));
        if tag.name == "style" {
            report("<style> is refused by the policy: move it to the stylesheet".to_owned());
        }
        if tag.name == "script" {
            let body = text[tag.end..].split("</script").next().unwrap_or("");
            if !body.trim().is_empty() || !tag.attributes.iter().any(|(name, _)| *name == "src") {
                report("an inline script is refused by the policy: move it to the script file".to_owned());
            }
        }
        for (name, value) in &tag.attributes {
            if *name == "style" {
                report("style= is refused by the policy: take a class".to_owned());
            } else if (name.starts_with("on") && name.len() > 3) || name.starts_with("hx-on") {
                report(format!(
                    "{name}= is refused by the policy: attach it in the script file"
                ));
            } else if value.trim_start().to_ascii_lowercase().starts_with("javascript:") || value.starts_with("js:") {
                report(format!(
                    "script in {name}= is refused by the policy: attach it in the script file"
                ));
            } else if (FETCHING.contains(name) || (*name == "href" && tag.name != "a")) && is_elsewhere(value) {
                report(format!("{name}= fetches from another host: keep a copy in {ASSETS}"));
            }
        }
    }
    found
}

fn asset_objection(path: &str, line: &str) -> Option<String> {
    let named = line.replace(SVG_NAMESPACE, "");
    let fetches = if path.ends_with(".css") {
        named.contains("@import")
            || named
                .split("url(")
                .skip(1)
                .any(|url| is_elsewhere(url.trim_start_matches(['"', '\''])))
    } else {
        // A comment may say where something comes from.
        let code = named.trim_start();
        !code.starts_with("//") && !code.starts_with('*') && !code.starts_with("/*") && named.contains("://")
    };
    fetches.then(|| "fetches from elsewhere: pages load nothing but their own files".to_owned())
}

fn is_elsewhere(url: &str) -> bool {
    let url = url.trim_start();
    url.starts_with("//") || url.starts_with("http:") || url.starts_with("https:")
}

/// The template with `{{ … }}`, `{% … %}` and `{# … #}` blanked byte by byte, so that a `>` or a quote in one ends no
/// tag and positions stay.
fn without_expressions(text: &str) -> String {
    let mut markup = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min() {
        let close = match rest.as_bytes()[at + 1] {
            b'{' => "}}",
            b'%' => "%}",
            _ => "#}",
        };
        let end = rest[at + 2..].find(close).map_or(rest.len(), |end| at + 2 + end + 2);
        markup.push_str(&rest[..at]);
        markup.extend(rest[at..end].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        rest = &rest[end..];
    }
    markup.push_str(rest);
    markup
}

struct Tag<'a> {
    at: usize,
    end: usize,
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

/// The start tags, in order.
fn tags(markup: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut from = 0;
    while let Some(at) = markup[from..].find('<').map(|found| from + found) {
        let inside = &markup[at + 1..];
        from = at + 1;
        if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let name_end = inside
            .find(|c: char| c.is_whitespace() || c == '>' || c == '/')
            .unwrap_or(inside.len());
        let (attributes, length) = attributes(&inside[name_end..]);
        from = at + 1 + name_end + length;
        tags.push(Tag {
            at,
            end: from,
            name: &inside[..name_end],
            attributes,
        });
    }
    tags
}

/// Names and values up to the closing `>`, and how many bytes that took.
fn attributes(text: &str) -> (Vec<(&str, &str)>, usize) {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len()
            - text[at..]
                .trim_start_matches(|c: char| c.is_whitespace() || c == '/')
                .len();
        let rest = &text[at..];
        if rest.is_empty() {
            return (found, at);
        }
        if rest.starts_with('>') {
            return (found, at + 1);
        }
        let length = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))
            .unwrap_or(rest.len());
        let name = &rest[..length];
        if name.is_empty() {
            // A stray `=`.
            at += 1;
            continue;
        }
        at += length;
        let (value, taken) = value(&text[at..]);
        at += taken;
        found.push((name, value));
    }
}

/// The value after `=`, quoted or bare, and how many bytes that took.
fn value(text: &str) -> (&str, usize) {
    let after = text.trim_start();
    let Some(given) = after.strip_prefix('=') else {
        return ("", 0);
    };
    let given = given.trim_start();
    let before = text.len() - given.len();
    if let Some(quote) = given.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let end = given[1..].find(quote).unwrap_or(given.len() - 1);
        return (&given[1..1 + end], (before + end + 2).min(text.len()));
    }
    let end = given
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(given.len());
    (&given[..end], before + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    fn check_template(text: &str) -> Vec<Finding> {
        check(&Tree::of(&[("crates/web/templates/issues/page.html", text)]))
    }

    #[test]
    fn a_page_of_the_house_passes() {
        let text = "<script src=\"{{ script }}\" defer></script>\n<a href=\"https://example.com\" class='x'>on the style=\"\" page</a>\n\
            <div {% if a > 1 %}class=\"b\"{% endif %} hx-get=\"/x/\" data-open hidden>{{ value }}</div>\n\
            <svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/></svg><option selected value=one>\n<br/>";
        assert_eq!(check_template(text), []);
    }

    #[test]
    fn what_the_policy_refuses_fails() {
        for bad in [
            "<script>run()</script>",
            "<script src=\"/a.js\">run()</script>",
            "<script src=\"/a.js\">{{ settings }}</script>",
            "<style>a{}</style>",
            "<p style=\"color:red\">",
            "<p class=a\nstyle='x'>",
            "<p {% if x %}style=\"a\"{% endif %}>",
            "<button onclick=\"go()\">",
            "<button hx-on:click=\"go()\">",
            "<a href=\" JavaScript:go()\">",
            "<p hx-vals=\"js:{a:1}\">",
            "<script src=\"https://cdn.example.com/htmx.js\"></script>",
            "<img src=//example.com/a.png>",
            "<link rel=stylesheet href=\"http://example.com/a.css\">",
        ] {
            let found = check_template(&format!("\n{bad}"));
            assert_eq!(
                places(&found),
                [("crates/web/templates/issues/page.html", 2, RULE)],
                "{bad}: {found:?}"
            );
        }
    }

    #[test]
    fn an_asset_that_fetches_from_elsewhere_fails() {
        let style = "/* https://example.com */\na { background: url(/x.svg) }\nb { background: url('https://example.com/x.png') }\n";
        let script =
            "// see https://example.com\nconst ns = \"http://www.w3.org/2000/svg\";\nfetch(\"https://example.com\");\n";
        let found = check(&Tree::of(&[
            ("crates/web/assets/a.css", style),
            ("crates/web/assets/a.js", script),
        ]));
        assert_eq!(
            places(&found),
            [
                ("crates/web/assets/a.css", 3, RULE),
                ("crates/web/assets/a.js", 3, RULE)
            ]
        );
    }
}
