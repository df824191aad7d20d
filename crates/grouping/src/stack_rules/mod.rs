//! Stack trace rules: which frames are in app, which count, and how many (`ingest.md` §6.8).
//!
//! Rules run twice over a stack. The first pass settles what is in app and sorts frames into categories; every later
//! rule sees what an earlier one changed. The second decides which frames count.

mod builtin;
mod facts;
mod index;
mod parse;
mod rule;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    builtin::builtin,
    facts::{ExceptionFacts, FrameFacts, FrameState},
    rule::Rule,
};
use self::{
    index::{Index, Packages, families},
    rule::{Action, Flag},
};
use crate::{
    SettingsError,
    family::{Families, Family},
    rule_text::read_lines,
    settings::RulesField,
};

/// A text of rules, ready to be applied.
#[derive(Debug)]
pub(crate) struct StackRules {
    rules: Vec<Rule>,
    /// By family, in the order of [`Family::ALL`].
    indexes: [Index; 3],
}

/// The facts of a stack with the rules that they match: computed once, used by both passes.
#[derive(Debug)]
pub(crate) struct Stack<'a> {
    pub(crate) frames: Vec<FrameFacts<'a>>,
    pub(crate) exception: ExceptionFacts<'a>,
    families: Families,
}

impl<'a> Stack<'a> {
    pub(crate) fn new(frames: Vec<FrameFacts<'a>>, exception: ExceptionFacts<'a>) -> Self {
        Self {
            families: families(&frames),
            frames,
            exception,
        }
    }
}

/// What the second pass found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Updates<'r> {
    /// For each frame whether it was said to count, or not to, and by which rule.
    pub(crate) contributes: Vec<Option<(bool, &'r Rule)>>,
    /// Zero for no limit.
    pub(crate) max_frames: usize,
    pub(crate) min_frames: usize,
    /// Said of stacks whose oldest frames tell most; it is shown, and changes no hash.
    pub(crate) inverted: bool,
}

/// A rule and the frame that it matches; ordered by rule, then frame.
type Hit = (u32, u32);

impl StackRules {
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<SettingsError>> {
        read_lines(RulesField::StackTraceRules, text, parse::rule).map(Self::new)
    }

    fn new(rules: Vec<Rule>) -> Self {
        let indexes = Family::ALL.map(|family| Index::new(&rules, family));
        Self { rules, indexes }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.rules.len()
    }

    /// What can be said before any rule has changed anything.
    pub(crate) fn hits(&self, stack: &Stack<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut packages = Packages::default();
        for (number, frame) in (0..).zip(&stack.frames) {
            let index = &self.indexes[frame.family as usize];
            let of_package = packages.candidates(frame, index, &self.rules);
            let candidates = index.candidates(frame).chain(of_package.iter().copied());
            let matching = candidates.filter(|rule| self.rules[*rule as usize].matches_facts(frame));
            hits.extend(matching.map(|rule| (rule, number)));
        }
        hits.sort_unstable();
        hits
    }

    /// Every rule of a pass in file order with the frames whose facts match; `apply` tests the rest.
    fn each_rule<'r>(
        &'r self,
        stack: &Stack<'_>,
        hits: &[Hit],
        belongs: fn(&Rule) -> bool,
        mut apply: impl FnMut(&'r Rule, &mut dyn Iterator<Item = usize>),
    ) {
        let mut any_frame: Vec<u32> = Vec::new();
        for family in Family::ALL
            .into_iter()
            .filter(|family| stack.families.contains(*family))
        {
            any_frame.extend(&self.indexes[family as usize].any_frame);
        }
        any_frame.sort_unstable();
        any_frame.dedup();
        let mut any_frame = any_frame.into_iter().peekable();
        let mut hits = hits;
        loop {
            let next_hit = hits.first().map(|(rule, _)| *rule);
            let Some(number) = next_hit.into_iter().chain(any_frame.peek().copied()).min() else {
                return;
            };
            let of_rule = hits.partition_point(|(rule, _)| *rule <= number);
            let (frames, rest) = hits.split_at(of_rule);
            hits = rest;
            let rule = &self.rules[number as usize];
            let is_any = any_frame.next_if_eq(&number).is_some();
            if !belongs(rule) || !rule.matches_exception(&stack.exception) {
                continue;
            }
            if is_any {
                let families = rule.families();
                let mut frames = (0..stack.frames.len()).filter(|frame| families.contains(stack.frames[*frame].family));
                apply(rule, &mut frames);
            } else {
                apply(rule, &mut frames.iter().map(|(_, frame)| *frame as usize));
            }
        }
    }

    /// The first pass.
    pub(crate) fn modify<'r>(&'r self, stack: &Stack<'_>, hits: &[Hit], states: &mut [FrameState<'r>]) {
        let mut matching = Vec::new();
        self.each_rule(stack, hits, Rule::modifies, |rule, frames| {
            matching.clear();
            matching.extend(frames.filter(|frame| rule.matches_state(*frame, &stack.frames, states, &stack.exception)));
            for frame in &matching {
                for action in &rule.actions {
                    match action {
                        Action::Flag {
                            flag: Flag::App,
                            on,
                            range,
                        } => {
                            for state in &mut states[range.of(*frame, stack.frames.len())] {
                                state.in_app = Some(*on);
                                state.decided_by = Some(rule);
                            }
                        }
                        Action::Category(name) => states[*frame].category = Some(name),
                        _ => {}
                    }
                }
            }
        });
    }

    /// The second pass.
    pub(crate) fn update<'r>(
        &'r self,
        stack: &Stack<'_>,
        hits: &[Hit],
        states: &[FrameState<'r>],
        updates: &mut Updates<'r>,
    ) {
        let count = stack.frames.len();
        updates.contributes.resize(count, None);
        self.each_rule(stack, hits, Rule::updates, |rule, frames| {
            for frame in frames.filter(|frame| rule.matches_state(*frame, &stack.frames, states, &stack.exception)) {
                for action in &rule.actions {
                    match action {
                        Action::Flag {
                            flag: Flag::Group,
                            on,
                            range,
                        } => updates.contributes[range.of(frame, count)].fill(Some((*on, rule))),
                        Action::MaxFrames(number) => updates.max_frames = *number,
                        Action::MinFrames(number) => updates.min_frames = *number,
                        Action::InvertStacktrace(on) => updates.inverted = *on,
                        Action::Flag { flag: Flag::App, .. } | Action::Category(_) => {}
                    }
                }
            }
        });
    }
}
