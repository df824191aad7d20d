use serde::Serializer;
use serde_json::Value;

use super::{
    Object,
    decode::{Decode, Decoder, decode_object, schema},
    json_tree::Tree,
    shape::{frame_data, lock, registers},
    text::{address, lines, variables},
};

schema! {
    pub struct Stacktrace kind STACKTRACE {
        /// The oldest call first.
        frames "frames" Vec<Frame>;
        registers "registers" Object, by registers, pii false;
        lang "lang" Option<String>, pii false;
        instruction_addr_adjustment "instruction_addr_adjustment" Option<String>, pii false;
        snapshot "snapshot" Option<bool>;
    }
}

impl Decode for Stacktrace {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        Self::read(value.into(), cx)
    }

    fn read(tree: Tree<'_>, cx: &mut Decoder) -> Option<Self> {
        let members = cx.members(tree)?;
        if members
            .iter()
            .any(|(key, frames)| key == "frames" && frames.is_empty_list())
        {
            cx.invalid_at("frames", Value::Array(Vec::new()), "expected a non-empty value");
        }
        Some(Self::of_members(members, cx))
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
    pub struct Frame kind FRAME {
        function "function" Option<String>, pii false;
        /// The name before it was shortened.
        raw_function "raw_function" Option<String>, pii false;
        symbol "symbol" Option<String>, pii false;
        module "module" Option<String>, pii maybe;
        package "package" Option<String>, pii false;
        filename "filename" Option<String>, pii false;
        abs_path "abs_path" Option<String>, pii false;
        lineno "lineno" Option<u64>, pii false;
        colno "colno" Option<u64>, pii false;
        platform "platform" Option<String>, pii false;
        pre_context "pre_context" Vec<String>, by lines, pii false;
        context_line "context_line" Option<String>, pii false;
        post_context "post_context" Vec<String>, by lines, pii false;
        in_app "in_app" Option<bool>;
        vars "vars" Object, by variables;
        instruction_addr "instruction_addr" Option<String>, by address, pii false;
        symbol_addr "symbol_addr" Option<String>, by address, pii false;
        image_addr "image_addr" Option<String>, by address, pii false;
        addr_mode "addr_mode" Option<String>, pii false;
        function_id "function_id" Option<String>, by address, pii false;
        stack_start "stack_start" Option<bool>;
        trust "trust" Option<String>, pii false;
        lang "lang" Option<String>, pii false;
        source_link "source_link" Option<String>, pii false;
        data "data" Object, by frame_data, pii false;
        lock "lock" Object, by lock, pii false;
    }
}
decode_object!(Frame);
