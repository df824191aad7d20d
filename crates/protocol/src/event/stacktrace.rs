use serde::Serializer;
use serde_json::Value;

use super::{
    Object,
    decode::{Decode, Decoder, decode_object, schema},
    text::{address, lines, variables},
};

schema! {
    pub struct Stacktrace {
        /// The oldest call first.
        frames "frames" Vec<Frame>;
        registers "registers" Object;
        lang "lang" Option<String>;
        snapshot "snapshot" Option<bool>;
    }
}

impl Decode for Stacktrace {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        match value {
            Value::Object(map) => {
                if map.get("frames").and_then(Value::as_array).is_some_and(Vec::is_empty) {
                    cx.invalid_at("frames", Value::Array(Vec::new()), "expected a non-empty value");
                }
                Some(Self::read(map, cx))
            }
            value => {
                cx.invalid(value, "expected an object");
                None
            }
        }
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, serializer)
    }
}

impl Stacktrace {
    /// The newest frame of the program's own that will do, else the newest of all that will.
    pub fn newest_frame(&self, will_do: impl Fn(&Frame) -> bool) -> Option<&Frame> {
        let mut frames = self.frames.iter().rev().filter(|frame| will_do(frame));
        frames
            .clone()
            .find(|frame| frame.in_app == Some(true))
            .or_else(|| frames.next())
    }
}

schema! {
    pub struct Frame {
        function "function" Option<String>;
        /// The name before it was shortened.
        raw_function "raw_function" Option<String>;
        symbol "symbol" Option<String>;
        module "module" Option<String>;
        package "package" Option<String>;
        filename "filename" Option<String>;
        abs_path "abs_path" Option<String>;
        lineno "lineno" Option<u64>;
        colno "colno" Option<u64>;
        platform "platform" Option<String>;
        pre_context "pre_context" Vec<String>, by lines;
        context_line "context_line" Option<String>;
        post_context "post_context" Vec<String>, by lines;
        in_app "in_app" Option<bool>;
        vars "vars" Object, by variables;
        instruction_addr "instruction_addr" Option<String>, by address;
        symbol_addr "symbol_addr" Option<String>, by address;
        image_addr "image_addr" Option<String>, by address;
        addr_mode "addr_mode" Option<String>;
        stack_start "stack_start" Option<bool>;
        trust "trust" Option<String>;
        lang "lang" Option<String>;
        source_link "source_link" Option<String>;
        data "data" Object;
        lock "lock" Object;
    }
}
decode_object!(Frame);
