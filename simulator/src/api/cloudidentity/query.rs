//! Queries for groups and members, in CEL:
//! `parent == 'customers/C1' && 'cloudidentity.googleapis.com/groups.security' in labels`.

use super::{access::bad_field, nesting::email_of};
use crate::{
    ApiError, ApiResponse, Call,
    collection::{Row, dialect::standard::PAGING},
};
use cel::{Context, Program, Value as CelValue};
use serde_json::Value;
use std::collections::HashMap;

/// A compiled query.
pub(super) struct Query(Program);

impl Query {
    /// The query of a call, which must compare `field` with something.
    pub(super) fn of(call: &Call, field: &str) -> Result<Self, ApiError> {
        let text = call.query("query").unwrap_or_default();
        let invalid = |why: String| bad_field("query", format!("Invalid query {text:?}: {why}"));
        if !text.contains(field) {
            return Err(invalid(format!("it must have {field}.")));
        }
        // gcloud's form of the customer's name.
        let text = text.replace("customerId/", "customers/");
        let program = Program::compile(&text);
        program.map(Self).map_err(|e| invalid(e.to_string()))
    }

    /// Whether it finds a group, or a member of one. Operators that are not those of
    /// CEL find nothing.
    pub(super) fn finds(&self, group: &Row, member: &str) -> bool {
        let text = |field: &str| group.body[field].as_str().unwrap_or_default().to_owned();
        let labels = group.body["labels"].as_object().into_iter().flatten();
        let labels: HashMap<String, CelValue> = labels
            .map(|(name, _)| (name.clone(), String::new().into()))
            .collect();
        let email = email_of(group);
        let (_, domain) = email.rsplit_once('@').unwrap_or_default();
        let mut context = Context::default();
        for (name, value) in [
            ("parent", text("parent")),
            ("display_name", text("displayName")),
            ("group_key", email.to_owned()),
            ("domain_name", domain.to_owned()),
            ("member_key_id", member.to_owned()),
        ] {
            context.add_variable_from_value(name, value);
        }
        context.add_variable_from_value("labels", labels);
        self.0.execute(&context).ok() == Some(CelValue::Bool(true))
    }
}

/// The page of found rows that a call asks for. The query is no filter of the usual
/// form.
pub(super) fn page(
    call: &Call,
    field: &str,
    rows: impl Iterator<Item = (String, Value)>,
) -> Result<ApiResponse, ApiError> {
    let mut call = call.clone();
    call.query.retain(|(name, _)| name != "query");
    Ok(ApiResponse::Json(
        PAGING.page(&call, rows)?.into_json(field),
    ))
}
