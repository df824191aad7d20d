//! Names of functions without what compilers add to them, as they are shown and grouped by (`ingest.md` §6.4).

use crate::family::Family;

/// Longer names are left alone: nobody reads them, and brackets in them are many.
const MAX_BYTES: usize = 4_096;

/// The name to show. Only native and C# names change.
pub(crate) fn trim(name: &str, platform: &str) -> Option<String> {
    let trimmed = match platform {
        _ if name.len() > MAX_BYTES => return None,
        "csharp" => name.split(" (").next()?.to_owned(),
        _ if Family::of_platform(platform) == Family::Native => native(name),
        _ => return None,
    };
    (trimmed != name && !trimmed.is_empty()).then_some(trimmed)
}

/// Drops argument lists, template arguments, return types and the marks of compilers from a C++, Rust or Swift name.
fn native(name: &str) -> String {
    let name = name.trim();
    // Objective-C names are short already.
    if ["[", "+[", "-["].iter().any(|start| name.starts_with(start)) {
        return name.to_owned();
    }
    let mut name = name;
    while let Some(shorter) = ["const", "&"].iter().find_map(|end| name.strip_suffix(end)) {
        // `&&` and ` const` go, `Xconst` is a name.
        if name.ends_with("const") && !shorter.ends_with([' ', ')', '>']) {
            break;
        }
        name = shorter.trim_end();
    }
    let name = without_lambdas(name).replace("`anonymous namespace'", "(anonymous namespace)");
    let name = without_arguments(&name);
    let name = without_generics(&name, true);
    undecorated(function_word(&name)).to_owned()
}

/// Compilers number their lambdas, each in its own way.
fn without_lambdas(name: &str) -> String {
    let mut cleaned = String::with_capacity(name.len());
    let mut rest = name;
    'next: while let Some(first) = rest.chars().next() {
        for (start, end) in [("{lambda", "}"), ("<lambda", ">"), ("`lambda", "'"), ("'lambda", "'")] {
            // gcc gives the arguments within the braces: the last one closes the lambda.
            if let Some(inner) = rest.strip_prefix(start)
                && let Some(length) = inner.find(end)
            {
                cleaned.push_str("lambda");
                rest = &inner[length + end.len()..];
                continue 'next;
            }
        }
        // clang: `$_0`
        if let Some(number) = rest.strip_prefix("$_") {
            cleaned.push_str("lambda");
            rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
            continue;
        }
        cleaned.push(first);
        rest = &rest[first.len_utf8()..];
    }
    cleaned
}

/// The index of the bracket that closes the one at the start of `text`.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        // The arrow before a return type, and the operator.
        let is_arrow = c == '>' && text[..at].ends_with('-');
        if c == open {
            depth += 1;
        } else if c == close && !is_arrow {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// Round brackets go with what is in them; what is never closed ends the name.
fn without_arguments(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('(') {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = closing(rest, '(', ')') else {
            return kept;
        };
        let is_name = match &rest[1..end] {
            "anonymous namespace" | "operator" => true,
            "" => kept.ends_with("operator"),
            _ => false,
        };
        if is_name {
            kept.push_str(&rest[..=end]);
        }
        rest = &rest[end + 1..];
    }
    kept + rest
}

/// `<…>` becomes `<T>`. At the start Rust has `<Type as Trait>`: of that the type remains.
fn without_generics(name: &str, at_start: bool) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('<') {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        if kept.ends_with("operator") {
            let length = rest.find(|c| !matches!(c, '<' | '>' | '=' | '-')).unwrap_or(rest.len());
            kept.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let Some(end) = closing(rest, '<', '>') else {
            return kept;
        };
        let inner = &rest[1..end];
        if matches!(inner, "redacted" | "unknown" | "deduplicated_symbol") {
            kept.push_str(&rest[..=end]);
        } else if at_start && kept.is_empty() {
            let path = inner.split(" as ").next().unwrap_or(inner);
            let path = path.trim_start_matches(['&', '*']).trim_start_matches("mut ");
            kept.push_str(&without_generics(path, false));
        } else {
            kept.push_str("<T>");
        }
        rest = &rest[end + 1..];
    }
    kept + rest
}

/// The word before Swift's arrow, else the last: what stands before it is what the function returns.
fn function_word(name: &str) -> &str {
    let name = match name.split_once(" -> ") {
        Some((before, _)) => before,
        None => name,
    }
    .trim();
    // `operator new`, and conversions such as `operator bool`, are two words or more.
    if let Some(at) = name.rfind("operator ") {
        let start = name[..at].rfind(' ').map_or(0, |space| space + 1);
        return &name[start..];
    }
    let mut depth = 0_usize;
    let start = name.char_indices().rev().find(|(_, c)| {
        match c {
            ')' | '>' => depth += 1,
            '(' | '<' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *c == ' ' && depth == 0
    });
    start.map_or(name, |(space, _)| &name[space + 1..])
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
            before.strip_prefix('@').unwrap_or(before)
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
        // Objective-C
        check("-[NSObject foo:bar:]", "-[NSObject foo:bar:]");
        check("+[NSObject (Category) foo]", "+[NSObject (Category) foo]");
        check("[ns run]", "[ns run]");
        // C and C++
        check("main", "main");
        check("int main(int, char**)", "main");
        check(
            "void ns::Type<int, std::pair<a, b>>::run(int, char const*) const",
            "ns::Type<T>::run",
        );
        check("ns::Type::get() const &", "ns::Type::get");
        check("ns::isconst", "ns::isconst");
        check("std::map<int, void (*)(int)>::at(int const&)", "std::map<T>::at");
        check("int (anonymous namespace)::f(int)", "(anonymous namespace)::f");
        check("`anonymous namespace'::f", "(anonymous namespace)::f");
        check("ns::{lambda(int)#1}::operator()(int) const", "ns::lambda::operator()");
        check("ns::run()::$_0::operator()() const", "ns::run::lambda::operator()");
        check(
            "ns::run()::'lambda'(int)::operator()(int)",
            "ns::run::lambda::operator()",
        );
        check("ns::<lambda_0123abcd>::operator()(int)", "ns::lambda::operator()");
        check("void ns::operator<<(int)", "ns::operator<<");
        check("ns::operator->(int)", "ns::operator->");
        check("ns::operator<<int>(int)", "ns::operator<<int>");
        check("operator new(unsigned long)", "operator new");
        check("ns::T::operator bool() const", "ns::T::operator bool");
        check("_main@12", "_main");
        check("@fast@8", "fast");
        check("<unknown>", "<unknown>");
        // Rust
        check(
            "core::ops::function::FnOnce::call_once::h0123456789abcdef",
            "core::ops::function::FnOnce::call_once",
        );
        check(
            "<my::Type as core::fmt::Display>::fmt::h0123456789abcdef",
            "my::Type::fmt",
        );
        check("<&mut my::Type<T> as Iterator>::next", "my::Type<T>::next");
        check("<my::Type<u8>>::new", "my::Type<T>::new");
        check("my::Type<u8>::new", "my::Type<T>::new");
        // Swift
        check("Model.load(from: URL) -> Data", "Model.load");
        check("static Model.load<A>(from: A) -> (Int) -> Data", "Model.load<T>");
        // Broken
        check("", "");
        check("((((", "");
        check("f(((", "f");
        check("a<b", "a");
        check(")>", ")>");
    }

    #[test]
    fn only_some_platforms_are_trimmed() {
        assert_eq!(
            trim("Ns.Type.Run (System.String a)", "csharp").as_deref(),
            Some("Ns.Type.Run")
        );
        assert_eq!(trim("Ns.Type.Run(System.String a)", "csharp"), None);
        assert_eq!(trim("int f(int)", "c").as_deref(), Some("f"));
        assert_eq!(trim("f", "native"), None);
        assert_eq!(trim("int f(int)", "python"), None);
        assert_eq!(trim("f(a) -> b", "javascript"), None);
        assert_eq!(trim("((", "native"), None);
        assert_eq!(trim(&format!("f{}", "(".repeat(MAX_BYTES)), "native"), None);
    }
}
