//! Pages of lists: filter, order, size, token.

use super::filter::{Filter, order};
use crate::{ApiError, Call, camel_case::camel_case};
use base64::{Engine, prelude::BASE64_URL_SAFE};
use serde_json::{Value, json};
use std::cmp::Ordering;

/// How an API's lists are paged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    /// The query parameter of the page size.
    pub(crate) size: &'static str,
    /// That of the token.
    pub(crate) token: &'static str,
    /// Items on a page if the caller names no size, and at most.
    pub(crate) default: u64,
    pub(crate) max: u64,
    /// The message for an invalid value of a parameter: its name, the value,
    /// and the reason.
    pub(crate) invalid: fn(&str, &str, &str) -> String,
    /// Whether a larger size is an error, and a filter must name fields.
    pub(crate) strict: bool,
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    /// Names and resources.
    pub(crate) items: Vec<(String, Value)>,
    pub(crate) next: Option<String>,
    /// Resources on all pages.
    pub(crate) total: usize,
}

impl Page {
    /// `{"keyRings": […], "nextPageToken": "…"}`
    pub(crate) fn into_json(self, field: &str) -> Value {
        let mut json = json!({});
        if !self.items.is_empty() {
            json[field] = self.items.into_iter().map(|(_, item)| item).collect();
        }
        if let Some(next) = self.next {
            json["nextPageToken"] = next.into();
        }
        json
    }
}

/// Fields to order by, each with whether it is descending.
type Order = Vec<(String, bool)>;

impl Paging {
    /// The page that `call` requests of `rows`, sorted by name.
    pub(crate) fn page(
        &self,
        call: &Call,
        rows: impl Iterator<Item = (String, Value)>,
    ) -> Result<Page, ApiError> {
        self.page_with(call, |filter| filter, "", &|_| true, rows)
    }

    /// The same, with a filter that is adapted to the kind of resource, and in
    /// `order` (`createTime desc`) unless the call names another. Fields that
    /// are not `known` are refused.
    pub(crate) fn page_with(
        &self,
        call: &Call,
        adapt: fn(Filter) -> Filter,
        order: &str,
        known: &dyn Fn(&mut [String]) -> bool,
        rows: impl Iterator<Item = (String, Value)>,
    ) -> Result<Page, ApiError> {
        let filter = self.filter(call, adapt, known)?;
        let max = self.max(call)?;
        let text = call.query("orderBy").unwrap_or(order);
        let order = order_by(text)?;
        for (field, _) in &order {
            if !known(&mut [field.clone()]) {
                // Unverified.
                let reason = format!("Unknown field: {field}.");
                let message = (self.invalid)("orderBy", text, &reason);
                return Err(ApiError::invalid(message));
            }
        }
        let after = call
            .query(self.token)
            .map(|token| self.after(token))
            .transpose()?;
        let rows = rows.filter(|(_, row)| filter.matches(row));
        let mut all: Vec<(String, Value)> = rows.collect();
        let total = all.len();
        all.sort_by(|left, right| compare(&order, left, right));
        let rest = all.into_iter().filter(|row| match &after {
            Some((sorted, last)) => {
                let last = (last.clone(), sorted.clone());
                compare(&order, row, &last) == Ordering::Greater
            }
            None => true,
        });
        let mut items: Vec<(String, Value)> = rest.take(max + 1).collect();
        let more = items.len() > max;
        items.truncate(max);
        let last = items.last().filter(|_| more);
        let next = last.map(|(name, row)| token(&order, name, row));
        Ok(Page { items, next, total })
    }

    fn filter(
        &self,
        call: &Call,
        adapt: fn(Filter) -> Filter,
        known: &dyn Fn(&mut [String]) -> bool,
    ) -> Result<Filter, ApiError> {
        // Searches call it a query, and one has it in its body.
        let query = || call.query("query").or_else(|| call.body["query"].as_str());
        let Some(text) = call.query("filter").or_else(query) else {
            return Ok(Filter::default());
        };
        let message = || (self.invalid)("filter", text, "Invalid list filter expression.");
        let mut filter = adapt(Filter::parse(text, &message)?.camel_case());
        if self.strict && filter.has_bare_value() || !filter.has_known_fields(known) {
            return Err(ApiError::invalid(message()));
        }
        Ok(filter)
    }

    fn max(&self, call: &Call) -> Result<usize, ApiError> {
        let size = match call.query_u64(self.size)? {
            None | Some(0) => self.default,
            Some(size) if size > self.max && self.strict => {
                let reason = format!("Must be between 0 and {}.", self.max);
                let message = (self.invalid)(self.size, &size.to_string(), &reason);
                return Err(ApiError::invalid(message));
            }
            Some(size) => size.min(self.max),
        };
        Ok(usize::try_from(size).unwrap_or(usize::MAX - 1))
    }

    /// The ordering fields and the name of the last item of the page before.
    fn after(&self, token: &str) -> Result<(Value, String), ApiError> {
        let bytes = BASE64_URL_SAFE.decode(token).ok();
        let read = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        read.ok_or_else(|| ApiError::invalid((self.invalid)(self.token, token, "")))
    }
}

fn token(order: &Order, name: &str, row: &Value) -> String {
    let mut fields = Value::Object(serde_json::Map::new());
    for (field, _) in order {
        fields[field] = row[field].clone();
    }
    let position = serde_json::to_vec(&(fields, name)).expect("plain data");
    BASE64_URL_SAFE.encode(position)
}

/// `createTime desc,name`.
fn order_by(text: &str) -> Result<Order, ApiError> {
    let fields = text.split(',');
    let fields = fields.map(str::trim).filter(|field| !field.is_empty());
    let order: Order = fields
        .map(|field| {
            let (name, direction) = field.split_once(' ').unwrap_or((field, "asc"));
            match direction.trim() {
                "asc" => Ok((camel_case(name), false)),
                "desc" => Ok((camel_case(name), true)),
                _ => Err(ApiError::invalid(format!("Invalid orderBy: {field}."))),
            }
        })
        .collect::<Result<_, _>>()?;
    // By name they are anyway.
    Ok(if order == [("name".to_owned(), false)] {
        Order::new()
    } else {
        order
    })
}

fn compare(fields: &Order, left: &(String, Value), right: &(String, Value)) -> Ordering {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    for (field, descending) in fields {
        let found = order(&text(&left.1[field]), &text(&right.1[field]));
        let found = if *descending { found.reverse() } else { found };
        if found != Ordering::Equal {
            return found;
        }
    }
    place(&left.0).cmp(&place(&right.0))
}

/// Names sort as text, but IDs that are numbers by their value: version 10 of a
/// key comes after version 9.
fn place(name: &str) -> (&str, usize, &str) {
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    let id = &name[start..];
    match !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) {
        true => (&name[..start], id.len(), id),
        false => (name, 0, ""),
    }
}
