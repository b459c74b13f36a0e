//! Path templates of methods: what in a path each parameter stands for.

/// The template after the API's version: `{+parent}/keyRings`.
pub(crate) fn relative(template: &'static str) -> &'static str {
    let version = template.find("/v").map_or(0, |at| at + 1);
    let rest = &template[version..];
    rest.find('/').map_or(rest, |at| &rest[at + 1..])
}

/// The template up to the end of its last parameter; empty without any.
pub(crate) fn head(template: &'static str) -> &'static str {
    let end = template.rfind('}').map_or(0, |at| at + 1);
    &template[..end]
}

/// The parameters of `template` in `path`; `None` if the path has another form.
/// The last one takes the rest of the path, whatever it contains.
pub(crate) fn parameters(
    template: &'static str,
    path: &str,
) -> Option<Vec<(&'static str, String)>> {
    let (mut template, mut path) = (template, path);
    let mut found = Vec::new();
    while let Some(open) = template.find('{') {
        path = path.strip_prefix(&template[..open])?;
        let close = template.find('}')?;
        let name = &template[open + 1..close];
        template = &template[close + 1..];
        let until = template.split('{').next().unwrap_or_default();
        let end = match (until, name.starts_with('+')) {
            ("", _) => path.len(),
            (until, true) => path.rfind(until)?,
            (until, false) => path.find(until)?,
        };
        found.push((name.trim_start_matches('+'), path[..end].to_owned()));
        path = &path[end..];
    }
    (path == template).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_in_a_path() {
        const RING: &str = "projects/p/locations/l/keyRings/keyRings";
        for (template, path, expected) in [
            ("{+name}", RING, vec![("name", RING)]),
            (
                "{+parent}/keyRings/{id}",
                RING,
                vec![("parent", "projects/p/locations/l"), ("id", "keyRings")],
            ),
            (
                "projects/{project}/regions/{region}",
                "projects/p/regions/r",
                vec![("project", "p"), ("region", "r")],
            ),
            (
                "b/{bucket}/managedFolders/{managedFolder}",
                "b/x/managedFolders/a/managedFolders/",
                vec![("bucket", "x"), ("managedFolder", "a/managedFolders/")],
            ),
            ("", "", vec![]),
        ] {
            let expected = expected.into_iter();
            let expected: Vec<_> = expected.map(|(n, v)| (n, v.to_owned())).collect();
            assert_eq!(parameters(template, path), Some(expected), "{template}");
        }
        for (template, path) in [
            ("b/{bucket}", "projects/p"),
            ("projects/{project}/zones/{zone}", "projects/p"),
            ("", "x"),
        ] {
            assert_eq!(parameters(template, path), None, "{template}");
        }
    }

    #[test]
    fn a_template_has_a_version_and_an_end() {
        for (template, expected) in [
            ("/v1/{+parent}/keyRings", "{+parent}"),
            ("/v3/{+resource}:getIamPolicy", "{+resource}"),
            ("/storage/v1/b/{bucket}/iam", "b/{bucket}"),
            ("/storage/v1/b", ""),
            (
                "/compute/v1/projects/{project}/global/networks",
                "projects/{project}",
            ),
        ] {
            assert_eq!(head(relative(template)), expected);
        }
    }
}
