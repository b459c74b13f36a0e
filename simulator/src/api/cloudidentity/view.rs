//! What lists show.

use crate::Call;
use serde_json::Value;

/// Leaves what the view `BASIC` has, unless the call asks for `FULL`.
pub(super) fn basic(call: &Call, item: &mut Value) {
    if let (Some(fields), None | Some("BASIC" | "VIEW_UNSPECIFIED")) =
        (item.as_object_mut(), call.query("view"))
    {
        for field in ["createTime", "updateTime", "description", "type"] {
            fields.remove(field);
        }
    }
}

/// The same for the items of a list.
pub(super) fn all_basic(call: &Call, items: Option<&mut Value>) {
    let items = items.and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        basic(call, item);
    }
}
