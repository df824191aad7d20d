use super::{
    decode::{decode_object, schema},
    text::lines,
};

schema! {
    /// The place in a page template where it failed.
    pub struct Template {
        filename "filename" Option<String>;
        abs_path "abs_path" Option<String>;
        lineno "lineno" Option<u64>;
        colno "colno" Option<u64>;
        pre_context "pre_context" Vec<String>, by lines;
        context_line "context_line" Option<String>;
        post_context "post_context" Vec<String>, by lines;
    }
}
decode_object!(Template);
