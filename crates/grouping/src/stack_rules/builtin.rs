//! The rules that every project has: what is commonly no project's own code. They are texts like those of projects.

use std::sync::LazyLock;

use super::StackRules;
use crate::StrategyId;

/// In the order in which they apply.
const TEXTS: [&str; 9] = [
    include_str!("builtin/native_categories.txt"),
    include_str!("builtin/native_derived.txt"),
    include_str!("builtin/native_effects.txt"),
    include_str!("builtin/native_in_app.txt"),
    include_str!("builtin/dart.txt"),
    include_str!("builtin/java.txt"),
    include_str!("builtin/python.txt"),
    include_str!("builtin/everywhere.txt"),
    include_str!("builtin/javascript.txt"),
];

const INVERTED_2023: &str = include_str!("builtin/inverted_2023.txt");

/// Compiled once, when the first event comes.
pub(crate) fn builtin(strategy: StrategyId) -> &'static StackRules {
    static V2023: LazyLock<StackRules> = LazyLock::new(|| compile(&[&TEXTS.concat(), INVERTED_2023].concat()));
    static V2026: LazyLock<StackRules> = LazyLock::new(|| compile(&TEXTS.concat()));
    match strategy {
        StrategyId::V2023 => &V2023,
        StrategyId::V2026 => &V2026,
    }
}

fn compile(text: &str) -> StackRules {
    match StackRules::parse(text) {
        Ok(rules) => rules,
        Err(errors) => unreachable!("the built-in rules are constants and tested: {errors:?}"),
    }
}
