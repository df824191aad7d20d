use model::DataCategory;
use quota::CategoryLimit;
use serde::Deserialize;
use services::settings::Problem;

use super::{UNITS, Window};
use crate::{
    number,
    stats::{Category, Usage},
    time,
};

/// The rows of the form as parallel lists, as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct LimitsForm {
    /// Names with commas between; none for everything.
    categories: Vec<String>,
    limit: Vec<String>,
    window: Vec<String>,
    unit: Vec<String>,
}

/// One row: a limit, or an empty row for another.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LimitRow {
    pub(crate) categories: String,
    pub(crate) limit: String,
    pub(crate) window: Window,
    /// What came in lately, beside what the limit lets through.
    pub(crate) usage: Option<LimitUsage>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LimitUsage {
    /// `812 accepted in the last 1h`
    pub(crate) words: String,
    /// `40 refused`
    pub(crate) refused: Option<String>,
    /// Of the limit, 0 to 100.
    pub(crate) percent: u64,
}

/// Usage is looked at over this many seconds at most: no window that can be saved is longer.
const MOST_SECONDS: u64 = 31 * 86_400;

/// What a limit can be on: the value of the choice and its name.
pub(crate) fn choices() -> Vec<(String, &'static str)> {
    let of_category = |category: &'static Category| (joined(category.of), category.label);
    let known = Category::all().iter().filter(|category| category.name != "unknown");
    std::iter::once((String::new(), "Everything, bytes included"))
        .chain(known.map(of_category))
        .collect()
}

fn joined(categories: &[DataCategory]) -> String {
    let names: Vec<&str> = categories.iter().map(|category| category.name()).collect();
    names.join(",")
}

impl LimitsForm {
    pub(crate) fn of(limits: &[CategoryLimit]) -> Self {
        let mut form = Self::default();
        for limit in limits {
            let window = Window::of_seconds(limit.window);
            form.categories.push(limit.categories.join(","));
            form.limit
                .push(limit.limit.map(|limit| limit.to_string()).unwrap_or_default());
            form.window.push(window.number);
            form.unit.push(window.unit);
        }
        form
    }

    /// The rows, with an empty one at the end.
    pub(crate) fn rows(&self) -> Vec<LimitRow> {
        let at = |list: &[String], index: usize| list.get(index).cloned().unwrap_or_default();
        let row = |index: usize| LimitRow {
            categories: at(&self.categories, index),
            limit: at(&self.limit, index),
            window: Window {
                number: at(&self.window, index),
                unit: at(&self.unit, index),
            },
            usage: None,
        };
        let empty = LimitRow {
            categories: joined(Category::errors().of),
            window: Window::of_seconds(3_600),
            ..LimitRow::default()
        };
        let typed = (0..self.categories.len()).map(row).filter(|row| !row.is_empty());
        typed.chain([empty]).collect()
    }

    /// The limits; a row without a number limits nothing and goes.
    pub(crate) fn limits(&self) -> Result<Vec<CategoryLimit>, Vec<Problem>> {
        let (mut limits, mut problems) = (Vec::new(), Vec::new());
        let rows = self.rows();
        for (index, row) in rows.iter().filter(|row| !row.is_empty()).enumerate() {
            let mut wrong = |message: &str| {
                problems.push(Problem {
                    field: format!("limits[{index}]"),
                    line: None,
                    column: None,
                    message: message.to_owned(),
                });
            };
            let Ok(limit) = row.limit.trim().replace(['_', ',', ' '], "").parse() else {
                wrong("write how much is let through as a whole number: 0 refuses all");
                continue;
            };
            let Some(window) = row.window.seconds() else {
                wrong("write in which time as a whole number with a unit");
                continue;
            };
            limits.push(CategoryLimit {
                categories: row.names(),
                limit: Some(limit),
                window,
            });
        }
        if problems.is_empty() { Ok(limits) } else { Err(problems) }
    }
}

impl LimitRow {
    fn is_empty(&self) -> bool {
        self.limit.trim().is_empty()
    }

    fn names(&self) -> Vec<String> {
        let names = self.categories.split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Categories that no choice stands for: set by the API, several together.
    pub(crate) fn is_other(&self) -> bool {
        !choices().iter().any(|(value, _)| *value == self.categories)
    }

    pub(crate) fn is_unit(&self, unit: &str) -> bool {
        self.window.unit == unit
    }

    /// Over how many seconds usage is looked at: whole hours, as outcomes are counted.
    pub(crate) fn hours(&self) -> Option<u64> {
        let seconds = self.window.seconds()?;
        Some(seconds.clamp(1, MOST_SECONDS).div_ceil(3_600) * 3_600)
    }

    pub(crate) fn with_usage(mut self, usage: &Usage) -> Self {
        let (Some(over), Ok(limit)) = (self.hours(), self.limit.trim().parse::<u64>()) else {
            return self;
        };
        let names = self.names();
        let categories: Vec<DataCategory> = names.iter().filter_map(|name| DataCategory::from_name(name)).collect();
        let numbers: Vec<i64> = categories.iter().map(|category| category.number()).collect();
        let shown = categories
            .first()
            .and_then(|category| Category::of_number(category.number()));
        let quantity = |count: u64| shown.map_or_else(|| number::grouped(count), |shown| shown.short(count));
        let (accepted, refused) = (usage.accepted(&numbers), usage.limited(&numbers));
        // Of a shorter window no count is known: the hour is compared with as many windows as it has.
        let windows = over / self.window.seconds().unwrap_or(over).max(1);
        let most = u128::from(limit) * u128::from(windows.max(1));
        let percent = (u128::from(accepted) * 100).checked_div(most).unwrap_or(100).min(100);
        self.usage = Some(LimitUsage {
            words: format!("{} accepted in the last {}", quantity(accepted), time::span(over)),
            refused: (refused > 0).then(|| format!("{} refused", quantity(refused))),
            percent: u64::try_from(percent).unwrap_or(100),
        });
        self
    }

    /// The units to choose from.
    pub(crate) fn units(&self) -> [(&'static str, &'static str); 4] {
        UNITS.map(|(unit, name, _)| (unit, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(rows: &[[&str; 4]]) -> LimitsForm {
        let column = |index: usize| rows.iter().map(|row| row[index].to_owned()).collect();
        LimitsForm {
            categories: column(0),
            limit: column(1),
            window: column(2),
            unit: column(3),
        }
    }

    #[test]
    fn rows_are_limits_and_an_empty_one_goes() {
        let typed = form(&[
            ["error,default,security", "1,000", "1", "h"],
            ["", "5", "30", "s"],
            ["span", "", "1", "h"],
        ]);
        let limits = typed.limits().unwrap();
        let told: Vec<_> = limits
            .iter()
            .map(|limit| (limit.categories.len(), limit.limit, limit.window))
            .collect();
        assert_eq!(told, [(3, Some(1_000), 3_600), (0, Some(5), 30)]);
        assert_eq!(LimitsForm::of(&limits).limits().unwrap(), limits);
        assert_eq!(typed.rows().len(), 3, "two limits and an empty row");
    }

    #[test]
    fn what_is_no_number_is_said_of_its_row() {
        let problems = form(&[["error", "many", "1", "h"], ["error", "1", "soon", "h"]])
            .limits()
            .unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["limits[0]", "limits[1]"]);
    }

    #[test]
    fn a_choice_stands_for_the_categories_of_its_name() {
        let choices = choices();
        assert_eq!(choices[0], (String::new(), "Everything, bytes included"));
        assert_eq!(choices[1], ("error,default,security".to_owned(), "Errors"));
        for (value, _) in &choices[1..] {
            assert!(
                value.split(',').all(|name| DataCategory::from_name(name).is_some()),
                "{value}"
            );
        }
    }
}
