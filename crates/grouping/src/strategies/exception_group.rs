//! Exceptions that hold several others (`ingest.md` §6.3).

use std::collections::HashMap;

use protocol::event::{Exception, Mechanism};

use super::stacktrace::Views;

/// Which exceptions count, and in which order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) order: Vec<usize>,
    /// The one that the event is to be named after, if that is not the last.
    pub(super) main_exception_id: Option<u64>,
}

/// Groups are looked through: the exceptions in them count in their place, alike ones once. If one is left, it counts
/// with the first line of what caused it; of several, each counts, and the root. What is no whole tree is a plain chain.
pub(super) fn choose(exceptions: &[Exception], components: &[Views]) -> Chosen {
    let plain = Chosen {
        order: (0..exceptions.len()).collect(),
        main_exception_id: None,
    };
    if exceptions.len() < 2 {
        return plain;
    }
    tree(exceptions)
        .and_then(|tree| tree.choose(exceptions, components))
        .unwrap_or(plain)
}

struct Tree {
    root: usize,
    /// By the index of the parent.
    children: Vec<Vec<usize>>,
}

fn mechanism(exception: &Exception) -> Option<&Mechanism> {
    exception.mechanism.as_ref()
}

fn is_group(exception: &Exception) -> bool {
    mechanism(exception).is_some_and(|mechanism| mechanism.is_exception_group == Some(true))
}

/// `None` unless every exception has an id of its own and none is its own parent.
fn tree(exceptions: &[Exception]) -> Option<Tree> {
    let mut by_id = HashMap::new();
    for (index, exception) in exceptions.iter().enumerate() {
        let mechanism = mechanism(exception)?;
        let id = mechanism.exception_id?;
        if mechanism.parent_id == Some(id) || by_id.insert(id, index).is_some() {
            return None;
        }
    }
    let mut children = vec![Vec::new(); exceptions.len()];
    // The list begins with the innermost; children are told in the order in which they were thrown.
    for (index, exception) in exceptions.iter().enumerate().rev() {
        let parent = mechanism(exception).and_then(|mechanism| mechanism.parent_id);
        if let Some(parent) = parent.and_then(|id| by_id.get(&id)) {
            children[*parent].push(index);
        }
    }
    Some(Tree {
        root: *by_id.get(&0)?,
        children,
    })
}

impl Tree {
    fn choose(&self, exceptions: &[Exception], components: &[Views]) -> Option<Chosen> {
        let mut top_level = self.top_level(exceptions)?;
        top_level.sort_by(|one, other| exceptions[*other].kind.cmp(&exceptions[*one].kind));
        let hashes = |index: usize| {
            let views = &components[index];
            (views.app.hash(), views.system.as_ref().and_then(|system| system.hash()))
        };
        top_level.dedup_by_key(|index| hashes(*index));
        match top_level[..] {
            [] => None,
            [only] => Some(Chosen {
                order: self.first_line(only)?,
                main_exception_id: mechanism(&exceptions[only])?.exception_id,
            }),
            _ => {
                top_level.push(self.root);
                Some(Chosen {
                    order: top_level,
                    main_exception_id: None,
                })
            }
        }
    }

    /// The first below the root that are no groups; `None` where parents form a circle.
    fn top_level(&self, exceptions: &[Exception]) -> Option<Vec<usize>> {
        let mut visited = vec![false; exceptions.len()];
        let mut waiting = vec![self.root];
        let mut top_level = Vec::new();
        while let Some(index) = waiting.pop() {
            if std::mem::replace(&mut visited[index], true) {
                return None;
            }
            if is_group(&exceptions[index]) {
                waiting.extend(self.children[index].iter().rev());
            } else {
                top_level.push(index);
            }
        }
        Some(top_level)
    }

    /// An exception, its first child, its first child's first child, …
    fn first_line(&self, start: usize) -> Option<Vec<usize>> {
        let mut line = vec![start];
        while let Some(next) = line.last().and_then(|last| self.children[*last].first()) {
            if line.contains(next) {
                return None;
            }
            line.push(*next);
        }
        Some(line)
    }
}
