use serde_json::{Map, Value};

use super::{Comparison, Condition, Globs};

/// How deep conditions may stand in one another, and how many there may be in all.
const MAX_DEPTH: usize = 16;
const MAX_CONDITIONS: usize = 500;
/// How many values a list may have.
const MAX_VALUES: usize = 1000;

/// Why a JSON value is no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    /// The way to the place, like `inner[1].value[0]`; empty for the whole.
    pub path: String,
    pub message: String,
}

impl std::error::Error for ConditionError {}

impl std::fmt::Display for ConditionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl Condition {
    pub fn parse(value: &Value) -> Result<Self, ConditionError> {
        let mut parser = Parser {
            path: Vec::new(),
            conditions: 0,
        };
        parser.condition(value).map_err(|message| ConditionError {
            path: parser.path.concat().trim_start_matches('.').to_owned(),
            message,
        })
    }
}

/// The way to where it stands is left as it is when something is wrong there.
struct Parser {
    path: Vec<String>,
    conditions: usize,
}

impl Parser {
    fn condition(&mut self, value: &Value) -> Result<Condition, String> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            return Err(format!(
                "there are more than {MAX_CONDITIONS} conditions: use lists of values"
            ));
        }
        if self.path.iter().filter(|step| step.starts_with('.')).count() > MAX_DEPTH {
            return Err(format!("conditions stand more than {MAX_DEPTH} deep in one another"));
        }
        let Value::Object(map) = value else {
            return Err("a condition is an object, like {\"op\": \"eq\", \"name\": …, \"value\": …}".to_owned());
        };
        let Some(op) = map.get("op").and_then(Value::as_str) else {
            return Err("`op` is missing: name what the condition does, like \"eq\"".to_owned());
        };
        if let Some((_, comparison)) = Comparison::ALL.into_iter().find(|(name, _)| *name == op) {
            return Ok(Condition::Compare {
                name: self.name(map)?,
                comparison,
                value: self.at(".value", |parser| parser.scalar(map))?,
            });
        }
        match op {
            "eq" => Ok(Condition::Eq {
                name: self.name(map)?,
                value: self.at(".value", |parser| parser.scalars(map))?,
                ignore_case: self.ignore_case(map)?,
            }),
            "glob" => {
                let ignore_case = self.ignore_case(map)?;
                Ok(Condition::Glob {
                    name: self.name(map)?,
                    globs: self.at(".value", |parser| parser.globs(map, ignore_case))?,
                })
            }
            "cidr" => Ok(Condition::Cidr {
                name: self.name(map)?,
                networks: self.at(".value", |parser| {
                    parser.texts(map, |text| text.parse().map_err(|error| format!("`{text}` is {error}")))
                })?,
            }),
            "and" => Ok(Condition::And(self.inner_list(map)?)),
            "or" => Ok(Condition::Or(self.inner_list(map)?)),
            "not" => Ok(Condition::Not(Box::new(self.inner(map)?))),
            "any" => Ok(Condition::Any {
                name: self.name(map)?,
                inner: Box::new(self.inner(map)?),
            }),
            "all" => Ok(Condition::All {
                name: self.name(map)?,
                inner: Box::new(self.inner(map)?),
            }),
            op => Err(format!(
                "`{op}` is no operator: use eq, gt, gte, lt, lte, glob, cidr, and, or, not, any or all"
            )),
        }
    }

    /// On an error the step stays in the path.
    fn at<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.path.push(step.to_owned());
        let value = read(self)?;
        self.path.pop();
        Ok(value)
    }

    fn name(&mut self, map: &Map<String, Value>) -> Result<String, String> {
        match map.get("name") {
            Some(Value::String(name)) if !name.is_empty() => Ok(name.clone()),
            _ => Err("`name` is missing: name the field, like \"event.release\"".to_owned()),
        }
    }

    fn ignore_case(&mut self, map: &Map<String, Value>) -> Result<bool, String> {
        match map.get("options").and_then(|options| options.get("ignoreCase")) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(value)) => Ok(*value),
            Some(_) => self.at(".options.ignoreCase", |_| Err("expected true or false".to_owned())),
        }
    }

    fn inner(&mut self, map: &Map<String, Value>) -> Result<Condition, String> {
        let Some(inner) = map.get("inner") else {
            return Err("`inner` is missing: give the condition to apply".to_owned());
        };
        self.at(".inner", |parser| parser.condition(inner))
    }

    fn inner_list(&mut self, map: &Map<String, Value>) -> Result<Vec<Condition>, String> {
        let Some(Value::Array(conditions)) = map.get("inner") else {
            return Err("`inner` is missing: give a list of conditions".to_owned());
        };
        let mut list = Vec::new();
        for (index, condition) in conditions.iter().enumerate() {
            list.push(self.at(&format!(".inner[{index}]"), |parser| parser.condition(condition))?);
        }
        Ok(list)
    }

    fn scalar(&mut self, map: &Map<String, Value>) -> Result<Value, String> {
        match map.get("value") {
            Some(value @ (Value::String(_) | Value::Number(_))) => Ok(value.clone()),
            _ => Err("expected a number or a text to compare with".to_owned()),
        }
    }

    fn scalars(&mut self, map: &Map<String, Value>) -> Result<Value, String> {
        let is_scalar = |value: &Value| !matches!(value, Value::Array(_) | Value::Object(_));
        match map.get("value") {
            None => Err("it is missing: give a value or a list of values".to_owned()),
            Some(Value::Array(values)) if values.len() > MAX_VALUES => {
                Err(format!("the list has more than {MAX_VALUES} values"))
            }
            Some(Value::Array(values)) => match values.iter().position(|value| !is_scalar(value)) {
                Some(index) => self.at(&format!("[{index}]"), |_| {
                    Err("expected a text, a number, true, false or null".to_owned())
                }),
                None => Ok(Value::Array(values.clone())),
            },
            Some(value) if is_scalar(value) => Ok(value.clone()),
            Some(_) => Err("expected a text, a number, true, false, null, or a list of these".to_owned()),
        }
    }

    fn globs(&mut self, map: &Map<String, Value>, ignore_case: bool) -> Result<Globs, String> {
        let mut globs = Globs::new(ignore_case);
        self.texts(map, |pattern| globs.push(pattern).map_err(|error| error.to_string()))?;
        Ok(globs)
    }

    fn texts<T>(
        &mut self,
        map: &Map<String, Value>,
        mut read: impl FnMut(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let Some(Value::Array(values)) = map.get("value") else {
            return Err("expected a list of texts".to_owned());
        };
        if values.len() > MAX_VALUES {
            return Err(format!("the list has more than {MAX_VALUES} values"));
        }
        let mut list = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let text = value.as_str().ok_or_else(|| "expected a text".to_owned());
            list.push(self.at(&format!("[{index}]"), |_| text.and_then(&mut read))?);
        }
        Ok(list)
    }
}
