//! Decides whether an alert rule fires, and why or why not. Lives here: the conditions, filters and actions of issue
//! alert rules with their wire form, the thresholds of metric alert rules, templates of messages. Stays out: database,
//! HTTP, async, clock; what must be counted or looked up is asked for as a [`Need`]. Start at [`decide()`].

mod names; // closed sets of words on the wire,
mod reader; // and objects made of them;

mod action; // what it does,
mod check; // what a rule asks of an event and its issue,
mod rule; // and a rule as a whole;

mod compiled; // what is seen of it in an event,
mod decide;
mod known; // what else is known,
mod reason; // the words for why, // and what follows

mod configuration; // what a form for rules is made of
pub mod metric; // rules about numbers, over all issues
pub mod template; // messages in words of one's own
pub mod workflow; // the same rules as newer clients write them

pub use action::{
    ACTIONS, Action, ActionKind, AssignTarget, Fallthrough, MailAction, MailTarget, OnlyIf, PLUGIN_ACTION,
};
pub use check::{
    AdoptedRelease, Age, AssignedTo, AttributeCheck, CONDITIONS, Category, Check, CheckKind, EventCheck, FILTERS,
    Frequency, Interval, LevelCheck, LevelMatch, Measure, Of, Older, Operator, Part, ReleaseAge, TagCheck, TextMatch,
    Unit, Window,
};
pub use compiled::{CompiledRule, Facts};
pub use configuration::{Listed, Offered, configuration};
pub use decide::{Decision, Firing, decide};
pub use known::{Answer, Answers, Change, Issue, Known, Need, Place, Silence};
pub use reader::{Field, Input, Problem};
pub use reason::{Reason, reason_text};
pub use rule::{Branch, IssueRule, Match, Names};
