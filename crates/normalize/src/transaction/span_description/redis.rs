//! Commands of key-value stores: what follows the command are keys and values.

pub(super) fn scrubbed(description: &str) -> String {
    let mut command = String::new();
    let mut rest = description.trim_start();
    loop {
        let end = rest
            .find(|letter: char| !letter.is_ascii_uppercase())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let ends = !after.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        if word.is_empty() || !ends {
            break;
        }
        if !command.is_empty() {
            command.push(' ');
        }
        command.push_str(word);
        rest = after;
        let next = rest.trim_start();
        if next.len() == rest.len() {
            break;
        }
        rest = next;
    }
    match (command.is_empty(), rest.is_empty()) {
        (true, _) => "*".to_owned(),
        (false, true) => command,
        (false, false) => command + " *",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn commands() {
        for (description, expected) in [
            ("GET abc:12:{def}", "GET *"),
            ("SET mykey 'multi: part, value'", "SET *"),
            (" GET  asdf:123", "GET *"),
            ("EXEC", "EXEC"),
            ("EXEC ", "EXEC"),
            ("ACL SETUSER jane", "ACL SETUSER *"),
            ("ACL  WHOAMI", "ACL WHOAMI"),
            ("GET 'x'", "GET *"),
            ("What a day", "*"),
            ("abc-def:1", "*"),
            ("GEORADIUS_RO x", "*"),
            ("", "*"),
        ] {
            assert_eq!(super::scrubbed(description), expected, "{description:?}");
        }
    }
}
