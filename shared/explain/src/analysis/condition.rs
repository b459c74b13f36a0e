//! Evaluates conditions as far as the resource's service, type and name decide
//! them.
//!
//! The logic has three values. Comparisons of `resource.name`, `resource.type`
//! and `resource.service` with literals are evaluated; everything else (time,
//! tags, request attributes, unsupported syntax) is unknown. `False` must be
//! certain, because it removes a grant from the result.

use super::{
    partial_text::PartialText,
    request_attributes::RequestAttributes,
    tokens::{CelToken, tokens},
    truth::Truth,
};

/// The value of a CEL expression for a resource with these attributes.
pub(super) fn evaluate(expression: &str, attributes: &RequestAttributes) -> Truth {
    let Some(tokens) = tokens(expression) else {
        return Truth::Unknown;
    };
    // The conditional operator is not supported anywhere in an expression.
    if tokens.contains(&CelToken::Symbol("?")) {
        return Truth::Unknown;
    }
    let mut parser = Parser {
        tokens: &tokens,
        attributes,
    };
    match parser.or_expression() {
        Some(value) if parser.tokens.is_empty() => value,
        Some(_) | None => Truth::Unknown,
    }
}

/// A recursive descent parser that evaluates while it parses. Each method
/// consumes what it parsed and returns `None` on a syntax that it does not
/// support.
struct Parser<'t> {
    tokens: &'t [CelToken],
    attributes: &'t RequestAttributes,
}

impl Parser<'_> {
    fn accept(&mut self, symbol: &str) -> bool {
        let is_next = matches!(self.tokens.first(), Some(CelToken::Symbol(m)) if *m == symbol);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn or_expression(&mut self) -> Option<Truth> {
        let mut value = self.and_expression()?;
        while self.accept("||") {
            value = value.or(self.and_expression()?);
        }
        Some(value)
    }

    fn and_expression(&mut self) -> Option<Truth> {
        let mut value = self.operand()?;
        while self.accept("&&") {
            value = value.and(self.operand()?);
        }
        Some(value)
    }

    /// An operand of `&&` or `||`; unknown if its syntax is not supported.
    fn operand(&mut self) -> Option<Truth> {
        let start = self.tokens;
        if let Some(value) = self.supported_operand()
            && self.is_at_boundary()
        {
            return Some(value);
        }
        self.tokens = start;
        self.skip()
    }

    fn is_at_boundary(&self) -> bool {
        matches!(
            self.tokens.first(),
            None | Some(CelToken::Symbol("&&" | "||" | ")"))
        )
    }

    fn supported_operand(&mut self) -> Option<Truth> {
        if self.accept("!") {
            return Some(self.supported_operand()?.not());
        }
        if self.accept("(") {
            let value = self.or_expression()?;
            return self.accept(")").then_some(value);
        }
        let left = self.primary()?;
        match left {
            Operand::Truth(value) => Some(value),
            Operand::String(left) => {
                let is_equal = self.accept("==");
                if !is_equal && !self.accept("!=") {
                    return None;
                }
                let Operand::String(right) = self.primary()? else {
                    return None;
                };
                let same = left.equals(&right);
                Some(if is_equal { same } else { same.not() })
            }
        }
    }

    /// Skips to the next `&&`, `||` or closing bracket at this depth.
    fn skip(&mut self) -> Option<Truth> {
        let mut depth = 0_usize;
        let end = self.tokens.iter().position(|token| {
            let CelToken::Symbol(symbol) = token else {
                return false;
            };
            match *symbol {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" if depth == 0 => return true,
                ")" | "]" | "}" => depth -= 1,
                "&&" | "||" => return depth == 0,
                _ => {}
            }
            false
        });
        let end = end.unwrap_or(self.tokens.len());
        self.tokens = &self.tokens[end..];
        (end > 0).then_some(Truth::Unknown)
    }

    fn primary(&mut self) -> Option<Operand> {
        let mut value = match self.tokens {
            [CelToken::Literal(literal), rest @ ..] => {
                self.tokens = rest;
                PartialText::Exact(literal.clone())
            }
            [
                CelToken::Identifier(resource),
                CelToken::Symbol("."),
                CelToken::Identifier(field),
                rest @ ..,
            ] if resource == "resource" => {
                let known = match field.as_str() {
                    "name" => &self.attributes.name,
                    "type" => &self.attributes.resource_type,
                    "service" => &self.attributes.service,
                    _ => return None,
                };
                self.tokens = rest;
                known.clone()
            }
            _ => return None,
        };
        while let [
            CelToken::Symbol("."),
            CelToken::Identifier(function),
            CelToken::Symbol("("),
            CelToken::Literal(argument),
            CelToken::Symbol(")"),
            rest @ ..,
        ] = self.tokens
        {
            self.tokens = rest;
            value = match function.as_str() {
                "startsWith" => return Some(Operand::Truth(value.starts_with(argument))),
                "endsWith" => return Some(Operand::Truth(value.ends_with(argument))),
                "contains" => return Some(Operand::Truth(value.contains(argument))),
                "extract" => value.extract(argument),
                _ => return None,
            };
        }
        Some(Operand::String(value))
    }
}

enum Operand {
    String(PartialText),
    Truth(Truth),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::request_attributes::request_attributes;

    fn value_of(expression: &str, permission: &str, at: &str) -> Truth {
        evaluate(
            expression,
            &request_attributes(permission, &at.parse().expect("a name")),
        )
    }

    const OWN_MACHINES: &str = "resource.type != \"compute.googleapis.com/Instance\" || \
                        resource.name.extract(\"/instances/{name}\").startsWith(\"gc-\")";
    const PROJECT: &str = "//cloudresourcemanager.googleapis.com/projects/demo-project";
    const BUCKET: &str = "//storage.googleapis.com/projects/_/buckets/b";

    fn machine(project: &str, name: &str) -> String {
        format!("//compute.googleapis.com/projects/{project}/zones/us-central1-a/instances/{name}")
    }

    #[test]
    fn the_name_of_an_existing_machine_decides_a_condition() {
        let on = |at: &str| value_of(OWN_MACHINES, "compute.instances.setMetadata", at);
        assert_eq!(on(&machine("demo-project", "gc-job-1")), Truth::True);
        assert_eq!(on(&machine("demo-project", "theirs")), Truth::False);
        // The project's ID could match the segment.
        assert_eq!(on(&machine("instances", "theirs")), Truth::Unknown);
        assert_eq!(on(PROJECT), Truth::Unknown);
        let other = |permission| value_of(OWN_MACHINES, permission, PROJECT);
        assert_eq!(other("compute.disks.create"), Truth::Unknown);
        assert_eq!(other("compute.instances.list"), Truth::Unknown);
    }

    #[test]
    fn only_a_prefix_of_an_objects_name_is_known() {
        let evaluated = |expression: &str| value_of(expression, "storage.objects.get", BUCKET);
        for (expression, value) in [
            (
                "resource.name.startsWith('projects/_/buckets/b/objects/x/')",
                Truth::Unknown,
            ),
            (
                "resource.name.startsWith('projects/_/buckets/b/')",
                Truth::True,
            ),
            (
                "resource.name.startsWith('projects/_/buckets/c/')",
                Truth::False,
            ),
            (
                "resource.name == 'projects/_/buckets/c/objects/x'",
                Truth::False,
            ),
            (
                "resource.name == 'projects/_/buckets/b/objects/x'",
                Truth::Unknown,
            ),
            (
                "resource.type == 'storage.googleapis.com/Bucket'",
                Truth::False,
            ),
            ("resource.service == 'storage.googleapis.com'", Truth::True),
            (
                "!(resource.service == 'storage.googleapis.com')",
                Truth::False,
            ),
            ("resource.name.endsWith('.json')", Truth::Unknown),
            ("resource.name.contains('/objects/')", Truth::True),
        ] {
            assert_eq!(evaluated(expression), value, "{expression}");
        }
    }

    #[test]
    fn unsupported_syntax_is_unknown_and_does_not_hide_a_false_operand() {
        let evaluated = |expression: &str| value_of(expression, "storage.objects.get", BUCKET);
        const FALSE: &str = "resource.service == 'other.googleapis.com'";
        const TIME: &str = "request.time < timestamp('2026-11-22T12:00:00Z')";
        for (expression, value) in [
            (TIME.to_owned(), Truth::Unknown),
            (format!("{TIME} && {FALSE}"), Truth::False),
            (format!("{FALSE} && ({TIME} || true)"), Truth::False),
            (format!("{FALSE} || {TIME}"), Truth::Unknown),
            (format!("({FALSE}) == false"), Truth::Unknown),
            (format!("!({FALSE}) == false"), Truth::Unknown),
            (format!("{FALSE} ? true : true"), Truth::Unknown),
            (format!("[{FALSE}].exists(x, !x)"), Truth::Unknown),
            (
                "resource.name.startsWith(\"projects\\u002f\")".to_owned(),
                Truth::Unknown,
            ),
            ("resource.type == r'x'".to_owned(), Truth::Unknown),
            (
                "resource.type.lowerAscii() == 'x'".to_owned(),
                Truth::Unknown,
            ),
            ("'x' + resource.type == 'x'".to_owned(), Truth::Unknown),
            (format!("{FALSE} // or not"), Truth::Unknown),
            (format!("{FALSE} &&"), Truth::Unknown),
            (format!("({FALSE}"), Truth::Unknown),
            (format!("{FALSE})"), Truth::Unknown),
            (String::new(), Truth::Unknown),
        ] {
            assert_eq!(evaluated(&expression), value, "{expression}");
        }
    }
}
