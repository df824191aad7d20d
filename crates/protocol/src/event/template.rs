use super::{
    decode::{decode_object, schema},
    text::lines,
};

schema! {
    /// The place in a page template where it failed.
    pub struct Template {
        filename "filename" Option<String>;
        abs_path "abs_path" Option<String>;
        lineno "lineno" Option<u64>, pii false;
        colno "colno" Option<u64>, pii false;
        pre_context "pre_context" Vec<String>, by lines, pii false;
        context_line "context_line" Option<String>, pii false;
        post_context "post_context" Vec<String>, by lines, pii false;
    }
}
decode_object!(Template);
