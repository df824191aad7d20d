//! CODEOWNERS files: which lines they have, and which files a line means.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    glob,
    grammar::{Matcher, MatcherKind, OwnerName, Rule},
};

const MOST_LINES: usize = 10_000;
const LONGEST_PATH: usize = 500;

/// A file, with what its names and its places mean here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Codeowners {
    pub raw: String,
    /// In the repository: it becomes `stack_root`.
    pub source_root: String,
    /// In stack traces.
    pub stack_root: String,
    /// `@org/team` or `@login`: `#team` or an e-mail address.
    pub names: BTreeMap<String, String>,
}

impl Codeowners {
    /// Its lines as rules. Names that mean nothing here are left out; a line of which only such are left is, too.
    pub fn rules(&self) -> Vec<Rule> {
        lines(&self.raw)
            .filter_map(|(path, names)| {
                let owners: Vec<OwnerName> = names.iter().filter_map(|name| self.owner(name)).collect();
                (names.is_empty() || !owners.is_empty()).then(|| Rule {
                    matcher: Matcher {
                        kind: MatcherKind::Codeowners,
                        pattern: self.in_stack(path),
                    },
                    owners,
                })
            })
            .collect()
    }

    /// What a name means here. An e-mail address means itself.
    fn owner(&self, name: &str) -> Option<OwnerName> {
        match self.names.get(name) {
            Some(known) => Some(OwnerName::parse(known)),
            None => is_email(name).then(|| OwnerName::parse(name)),
        }
    }

    /// A path of the repository as stack traces have it. One without a slash is found in any folder.
    fn in_stack(&self, path: &str) -> String {
        if self.source_root == self.stack_root || !path.trim_end_matches('/').contains('/') {
            return path.to_owned();
        }
        let bare = path.trim_start_matches('/');
        match bare.strip_prefix(self.source_root.trim_start_matches('/')) {
            Some(rest) => format!("/{}{rest}", self.stack_root.trim_start_matches('/')),
            None => path.to_owned(),
        }
    }
}

/// Names in a file that mean nothing here.
pub fn unmapped_names(file: &Codeowners) -> BTreeSet<String> {
    lines(&file.raw)
        .flat_map(|(_, names)| names)
        .filter(|name| file.owner(name).is_none())
        .map(str::to_owned)
        .collect()
}

fn is_email(name: &str) -> bool {
    name.split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
}

/// Paths with their owners. Lines that GitHub does not take either are passed over.
fn lines(raw: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    raw.lines().take(MOST_LINES).filter_map(|line| {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let mut words = line.split_whitespace();
        let path = words.next()?;
        let owners = words.take_while(|word| !word.starts_with('#')).collect();
        let is_taken = !path.contains(['!', '#', '[', '\\']) && path.chars().count() <= LONGEST_PATH;
        is_taken.then_some((path, owners))
    })
}

/// A file as [`means`] compares it: the names of its folders, and its own.
pub(super) fn parts(file: &[char]) -> Vec<&[char]> {
    let start = file.iter().position(|c| *c != '/' && *c != '.').unwrap_or(file.len());
    // `./a` and `/a` are `a`; `.a` is itself.
    let start = if start > 0 && file[start - 1] == '.' {
        start - 1
    } else {
        start
    };
    file[start..].split(|c| *c == '/').collect()
}

/// Whether a line's path means a file, by the rules of `.gitignore` as CODEOWNERS has them.
pub(super) fn means(pattern: &[char], file: &[&[char]]) -> bool {
    let (pattern, is_folder) = match pattern.split_last() {
        Some(('/', rest)) => (rest, true),
        _ => (pattern, false),
    };
    let is_anchored = pattern.contains(&'/');
    let pattern = pattern.strip_prefix(&['/']).unwrap_or(pattern);
    let mut parts = pattern.split(|c| *c == '/').peekable();
    // Most lines name a folder at the root: those of another one need no closer look.
    if is_anchored
        && let (Some(first), Some(root)) = (parts.peek(), file.first())
        && *first != ['*', '*']
        && !glob::matches(first, root)
    {
        return false;
    }
    let anywhere: &[char] = &['*', '*'];
    let parts: Vec<&[char]> = (!is_anchored).then_some(anywhere).into_iter().chain(parts).collect();
    // `docs/*` means the files of a folder and no more; anything else also what lies below it.
    let only_files = is_anchored && parts.last().is_some_and(|last| *last == ['*']);
    match (is_folder, only_files) {
        (true, _) => matches_parts(&parts, file, Rest::Some),
        (false, true) => matches_parts(&parts, file, Rest::None),
        (false, false) => matches_parts(&parts, file, Rest::Any),
    }
}

/// What may be left of a file's path behind the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    None,
    Some,
    Any,
}

/// `**` stands for any number of folders. `reached[i]`: the parts so far match the first `i` parts of the file.
fn matches_parts(pattern: &[&[char]], file: &[&[char]], rest: Rest) -> bool {
    let mut reached = vec![false; file.len() + 1];
    reached[0] = true;
    for part in pattern {
        let mut next = vec![false; file.len() + 1];
        if *part == ['*', '*'] {
            let mut any = false;
            for (index, reached) in reached.iter().enumerate() {
                any |= reached;
                next[index] = any;
            }
        } else {
            for index in 0..file.len() {
                next[index + 1] = reached[index] && glob::matches(part, file[index]);
            }
        }
        reached = next;
    }
    match rest {
        Rest::None => reached[file.len()],
        Rest::Some => reached[..file.len()].contains(&true),
        Rest::Any => reached.contains(&true),
    }
}
