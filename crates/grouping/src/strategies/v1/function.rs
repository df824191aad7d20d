//! Function names without what compilers and run times add to them (`ingest.md` §6.4).

use protocol::event::Frame;

use super::frame::Family;
use crate::Component;

pub(super) fn component(frame: &Frame, platform: &str, family: Family, has_context_line: bool) -> Component {
    let name = if platform == "csharp" {
        frame.raw_function.as_deref().or(frame.function.as_deref())
    } else {
        frame.function.as_deref().or(frame.raw_function.as_deref())
    };
    let Some(name) = name else {
        return Component::optional("function", None);
    };
    // With a raw name beside it, the name was trimmed already.
    let trimmed = if frame.raw_function.is_none() || platform == "csharp" {
        trim(name, platform, family)
    } else {
        name.to_owned()
    };
    let ignore = |hint| Component::text("function", trimmed.as_str()).ignored(hint);
    match (platform, family) {
        ("ruby", _) => Component::text("function", ruby(&trimmed)),
        ("php", _) => match php(&trimmed) {
            Some(name) => Component::text("function", name),
            None => ignore("an anonymous class"),
        },
        ("java", _) if trimmed.starts_with("lambda$") => ignore("the name of a lambda is generated"),
        (_, Family::Native) if matches!(trimmed.as_str(), "<redacted>" | "<unknown>") => ignore("an unknown function"),
        (_, Family::JavaScript) => javascript(frame, &trimmed, has_context_line),
        _ => Component::text("function", trimmed),
    }
}

fn javascript(frame: &Frame, name: &str, has_context_line: bool) -> Component {
    let name = name.rsplit('.').next().unwrap_or(name);
    let component = Component::text("function", name);
    let anonymous = matches!(
        name,
        "" | "?" | "<anonymous function>" | "<anonymous>" | "Anonymous function"
    );
    if anonymous || name.ends_with("/<") {
        component.ignored("an anonymous function")
    } else if has_context_line && frame.data.contains_key("sourcemap") {
        component.ignored("the source line takes precedence where a source map was used")
    } else {
        component
    }
}

fn ruby(name: &str) -> &str {
    if name.starts_with("block ") {
        return "block";
    }
    // ERB templates: `_app_views_index__1234_5678`.
    match name.rfind("__") {
        Some(at) if is_numbers(&name[at + 2..]) => &name[..at],
        _ => name,
    }
}

fn is_numbers(text: &str) -> bool {
    let mut parts = text.split('_');
    let number =
        |part: Option<&str>| part.is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    number(parts.next()) && number(parts.next()) && parts.next().is_none()
}

fn php(name: &str) -> Option<&str> {
    if name.starts_with("[Anonymous") {
        return None;
    }
    match name.strip_prefix("class@anonymous") {
        Some(rest) => rest.rsplit_once("::").map(|(_, method)| method),
        None => Some(name),
    }
}

fn trim(name: &str, platform: &str, family: Family) -> String {
    match (platform, family) {
        ("csharp", _) => name.split(" (").next().unwrap_or(name).to_owned(),
        (_, Family::Native) => native(name),
        _ => name.to_owned(),
    }
}

/// Drops argument lists, template arguments, return types and the marks of compilers from a C++, Rust or Swift name.
fn native(name: &str) -> String {
    let name = name.trim();
    // Objective-C names are short already.
    if ["[", "+[", "-["].iter().any(|start| name.starts_with(start)) {
        return name.to_owned();
    }
    let name = name.trim_end_matches(|c: char| c == '&' || c.is_whitespace());
    let name = name.strip_suffix(" const").unwrap_or(name);
    let name = name
        .replace("(anonymous namespace)", "`anonymous`")
        .replace("`anonymous namespace'", "`anonymous`");
    let name = ["{lambda(", "'lambda'(", "$_", "<lambda_"]
        .iter()
        .fold(name, |name, mark| lambda(name, mark));
    let name = without_brackets(&name);
    let name = match name.split_once(" -> ") {
        Some((before, _)) => before.to_owned(),
        None => last_word(&name).to_owned(),
    };
    undecorated(&name).to_owned()
}

/// Everything from a lambda's mark to the next separator is one word.
fn lambda(name: String, mark: &str) -> String {
    let Some(at) = name.find(mark) else { return name };
    let rest = &name[at..];
    let end = match mark {
        "{lambda(" => rest.find('}').map(|end| end + 1),
        "<lambda_" => rest.find('>').map(|end| end + 1),
        "'lambda'(" => rest.find(')').map(|end| end + 1),
        _ => rest.find("::").or(Some(rest.len())),
    };
    format!("{}lambda{}", &name[..at], &rest[end.unwrap_or(rest.len())..])
}

/// Round brackets go with what is in them, angle ones become `<T>`; unbalanced ones end the name.
fn without_brackets(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let (mut round, mut angle) = (0_usize, 0_usize);
    let operator = name.find("operator").map(|at| at + "operator".len());
    for (at, c) in name.char_indices() {
        // `operator()`, `operator<`, `operator->` hold brackets that belong to the name.
        if operator.is_some_and(|end| at >= end && at < end + 2 && matches!(c, '(' | ')' | '<' | '>' | '-'))
            && round + angle == 0
        {
            kept.push(c);
            continue;
        }
        match c {
            '(' => round += 1,
            ')' => round = round.saturating_sub(1),
            '<' if round == 0 => {
                if angle == 0 {
                    kept.push_str("<T>");
                }
                angle += 1;
            }
            '>' if round == 0 && !name[..at].ends_with('-') => angle = angle.saturating_sub(1),
            _ if round == 0 && angle == 0 => kept.push(c),
            _ => {}
        }
    }
    kept.trim().to_owned()
}

fn last_word(name: &str) -> &str {
    let at = name.rfind(' ');
    match at {
        // `operator new` and the like are two words.
        Some(at) if name[..at].ends_with("operator") => name,
        Some(at) => &name[at + 1..],
        None => name,
    }
}

/// Without Rust's `::h0123456789abcdef` and Windows' `@12`.
fn undecorated(name: &str) -> &str {
    if let Some((before, hash)) = name.rsplit_once("::h")
        && hash.len() == 16
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return before;
    }
    match name.rsplit_once('@') {
        Some((before, size)) if !before.is_empty() && !size.is_empty() && size.bytes().all(|b| b.is_ascii_digit()) => {
            before
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn native_names_lose_what_compilers_add() {
        let check = |name: &str, expected: &str| assert_eq!(native(name), expected, "{name}");
        check("-[NSObject foo:bar:]", "-[NSObject foo:bar:]");
        check(
            "void ns::Type<int, std::pair<a, b>>::run(int, char const*) const",
            "ns::Type<T>::run",
        );
        check(
            "core::ops::function::FnOnce::call_once::h0123456789abcdef",
            "core::ops::function::FnOnce::call_once",
        );
        check("_main@12", "_main");
        check("ns::{lambda(int)#1}::operator()(int) const", "ns::lambda::operator()");
        check("int (anonymous namespace)::f(int)", "`anonymous`::f");
        check("main", "main");
        check("", "");
        check("((((", "");
    }

    #[test]
    fn other_names_are_cleaned() {
        assert_eq!(ruby("block in run"), "block");
        assert_eq!(ruby("_app_views_index_html_erb__123_456"), "_app_views_index_html_erb");
        assert_eq!(ruby("a__b"), "a__b");
        assert_eq!(php("class@anonymous\0/x.php:1$0::run"), Some("run"));
        assert_eq!(php("[Anonymous function]"), None);
        assert_eq!(
            trim("Ns.Type.Run (System.String a)", "csharp", Family::Other),
            "Ns.Type.Run"
        );
    }
}
