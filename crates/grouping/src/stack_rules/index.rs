//! Finds the rules that a frame may match without trying each: there are hundreds, and a stack has dozens of frames.

use std::collections::HashMap;

use super::{
    facts::FrameFacts,
    rule::{Rule, Subject},
};
use crate::family::{Families, Family};

/// The rules for frames of one family, by the cheapest test that can exclude them. All lists are in file order.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By the whole name of the function,
    function: HashMap<String, Vec<u32>>,
    /// by how it begins,
    function_start: HashMap<u8, Vec<u32>>,
    /// by how the module begins.
    module_start: HashMap<u8, Vec<u32>>,
    /// What has to be tried; those on paths and packages apart, for whole runs of frames have the same.
    path: Vec<u32>,
    package: Vec<u32>,
    rest: Vec<u32>,
    /// Not about the frame itself, but its family, its state or the exception: these match every frame so far.
    pub(super) any_frame: Vec<u32>,
}

impl Index {
    pub(super) fn new(rules: &[Rule], family: Family) -> Self {
        let mut index = Self::default();
        for (number, rule) in (0..).zip(rules) {
            if rule.families().contains(family) {
                index.place(rule).push(number);
            }
        }
        index
    }

    fn place(&mut self, rule: &Rule) -> &mut Vec<u32> {
        let required = |subject: Subject| {
            let mut matchers = rule.matchers.iter().filter(move |matcher| matcher.subject == subject);
            matchers.find_map(|matcher| matcher.required_glob())
        };
        if let Some(glob) = required(Subject::Function) {
            if let Some(name) = glob.exact() {
                return self.function.entry(name.to_owned()).or_default();
            }
            if let Some(byte) = glob.literal_start().bytes().next() {
                return self.function_start.entry(byte).or_default();
            }
        }
        if let Some(byte) = required(Subject::Module).and_then(|glob| glob.literal_start().bytes().next()) {
            return self.module_start.entry(byte).or_default();
        }
        if required(Subject::Package).is_some() {
            &mut self.package
        } else if required(Subject::Path).is_some() {
            &mut self.path
        } else if rule.is_of_frame() {
            &mut self.rest
        } else {
            &mut self.any_frame
        }
    }

    /// Rules that the frame may match, those apart that [`Self::of_package`] gives.
    pub(super) fn candidates<'a>(&'a self, frame: &FrameFacts<'_>) -> impl Iterator<Item = u32> + 'a {
        let starts = |map: &'a HashMap<u8, Vec<u32>>, text: Option<&str>| {
            text.and_then(|text| map.get(text.as_bytes().first()?))
        };
        let when = |list: &'a Vec<u32>, present: bool| Some(list).filter(|_| present);
        let lists = [
            frame.function.and_then(|function| self.function.get(function)),
            starts(&self.function_start, frame.function),
            starts(&self.module_start, frame.module),
            when(&self.path, frame.path.is_some()),
            Some(&self.rest),
        ];
        lists.into_iter().flatten().flatten().copied()
    }
}

/// The rules about one package. There are many, and a stack has few packages: each is looked up once.
#[derive(Debug, Default)]
pub(super) struct Packages<'a>(Vec<(Family, &'a str, Vec<u32>)>);

impl<'a> Packages<'a> {
    pub(super) fn candidates(&mut self, frame: &'a FrameFacts<'_>, index: &Index, rules: &[Rule]) -> &[u32] {
        let Some(package) = frame.package.as_deref() else {
            return &[];
        };
        let known = self
            .0
            .iter()
            .position(|(family, known, _)| *family == frame.family && *known == package);
        let at = known.unwrap_or_else(|| {
            let matching = index.package.iter().copied();
            let matching = matching.filter(|rule| rules[*rule as usize].matches_package(frame));
            self.0.push((frame.family, package, matching.collect()));
            self.0.len() - 1
        });
        &self.0[at].2
    }
}

/// The families that occur in a stack.
pub(super) fn families(frames: &[FrameFacts<'_>]) -> Families {
    let mut families = Families::default();
    for frame in frames {
        families.insert(frame.family);
    }
    families
}
