//! The table of languages: how the files of each are known, and what reads them.
use super::{
    containers,
    language::{
        Judged::{Every, ReadBefore},
        Language, Reading,
    },
    markdown,
};

pub(super) const LANGUAGES: &[Language] = &[
    Language {
        extensions: &["sh", "bash"],
        names: &[".bashrc", ".bash_profile", ".bash_aliases", ".profile", "PKGBUILD"],
        interpreters: &["sh", "bash", "dash"],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_bash::LANGUAGE.into(),
            definitions: include_str!("queries/bash.scm"),
            names: &["command_name"],
        },
    },
    Language {
        extensions: &["c"],
        names: &[],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_c::LANGUAGE.into(),
            definitions: include_str!("queries/c.scm"),
            names: &["identifier", "type_identifier", "field_identifier"],
        },
    },
    // A header may be of both; C++ reads nearly all of C.
    Language {
        extensions: &["cc", "cpp", "cxx", "h", "hh", "hpp", "hxx"],
        names: &[],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_cpp::LANGUAGE.into(),
            definitions: include_str!("queries/cpp.scm"),
            names: &["identifier", "type_identifier", "field_identifier", "namespace_identifier"],
        },
    },
    #[cfg(feature = "heavy-grammars")]
    Language {
        extensions: &["cs", "csx"],
        names: &[],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_c_sharp::LANGUAGE.into(),
            definitions: include_str!("queries/c_sharp.scm"),
            names: &["identifier"],
        },
    },
    Language {
        extensions: &["css"],
        names: &[],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_css::LANGUAGE.into(),
            definitions: include_str!("queries/css.scm"),
            names: &[],
        },
    },
    Language {
        extensions: &["dockerfile", "containerfile"],
        names: &["Dockerfile", "Containerfile"],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Own(containers::stages),
    },
    Language {
        extensions: &["ex", "exs"],
        names: &[],
        interpreters: &["elixir"],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_elixir::LANGUAGE.into(),
            definitions: include_str!("queries/elixir.scm"),
            names: &["identifier", "alias"],
        },
    },
    Language {
        extensions: &["go"],
        names: &[],
        interpreters: &[],
        judged: Every,
        reading: Reading::Grammar {
            grammar: || tree_sitter_go::LANGUAGE.into(),
            definitions: include_str!("queries/go.scm"),
            names: &["identifier", "type_identifier", "field_identifier", "package_identifier"],
        },
    },
    Language {
        extensions: &["hcl", "tf", "tfvars", "nomad"],
        names: &[],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_hcl::LANGUAGE.into(),
            definitions: include_str!("queries/hcl.scm"),
            names: &["identifier"],
        },
    },
    Language {
        extensions: &["html", "htm"],
        names: &[],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_html::LANGUAGE.into(),
            definitions: include_str!("queries/html.scm"),
            names: &[],
        },
    },
    Language {
        extensions: &["java"],
        names: &[],
        interpreters: &[],
        judged: Every,
        reading: Reading::Grammar {
            grammar: || tree_sitter_java::LANGUAGE.into(),
            definitions: include_str!("queries/java.scm"),
            names: &["identifier", "type_identifier"],
        },
    },
    Language {
        extensions: &["js", "cjs", "mjs", "jsx"],
        names: &[],
        interpreters: &["node"],
        judged: Every,
        reading: Reading::Grammar {
            grammar: || tree_sitter_javascript::LANGUAGE.into(),
            definitions: include_str!("queries/javascript.scm"),
            names: &["identifier", "property_identifier", "shorthand_property_identifier"],
        },
    },
    Language {
        extensions: &["json", "jsonc"],
        names: &["composer.lock", "flake.lock"],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_json::LANGUAGE.into(),
            definitions: include_str!("queries/json.scm"),
            names: &[],
        },
    },
    #[cfg(feature = "heavy-grammars")]
    Language {
        extensions: &["kt", "kts"],
        names: &[],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_kotlin_sg::LANGUAGE.into(),
            definitions: include_str!("queries/kotlin.scm"),
            names: &["simple_identifier", "type_identifier"],
        },
    },
    Language {
        extensions: &["lua"],
        names: &[".luacheckrc"],
        interpreters: &["lua", "luajit"],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_lua::LANGUAGE.into(),
            definitions: include_str!("queries/lua.scm"),
            names: &["identifier"],
        },
    },
    Language {
        extensions: &["md", "markdown", "mdx"],
        names: &[],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Own(markdown::headings),
    },
    Language {
        extensions: &["php"],
        names: &[],
        interpreters: &["php"],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_php::LANGUAGE_PHP.into(),
            definitions: include_str!("queries/php.scm"),
            names: &["name"],
        },
    },
    Language {
        extensions: &["py", "pyi"],
        names: &["SConstruct", "wscript"],
        interpreters: &["python"],
        judged: Every,
        reading: Reading::Grammar {
            grammar: || tree_sitter_python::LANGUAGE.into(),
            definitions: include_str!("queries/python.scm"),
            names: &["identifier"],
        },
    },
    Language {
        extensions: &["rb", "gemspec", "rake"],
        names: &["Gemfile", "Podfile", "Rakefile", "Vagrantfile"],
        interpreters: &["ruby"],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_ruby::LANGUAGE.into(),
            definitions: include_str!("queries/ruby.scm"),
            names: &["identifier", "constant"],
        },
    },
    Language {
        extensions: &["rs"],
        names: &[],
        interpreters: &[],
        judged: Every,
        reading: Reading::Grammar {
            grammar: || tree_sitter_rust::LANGUAGE.into(),
            definitions: include_str!("queries/rust.scm"),
            names: &[
                "identifier",
                "type_identifier",
                "field_identifier",
                "shorthand_field_identifier",
            ],
        },
    },
    #[cfg(feature = "heavy-grammars")]
    Language {
        extensions: &["scala", "sc", "sbt"],
        names: &[],
        interpreters: &["scala"],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_scala::LANGUAGE.into(),
            definitions: include_str!("queries/scala.scm"),
            names: &["identifier", "type_identifier"],
        },
    },
    #[cfg(feature = "heavy-grammars")]
    Language {
        extensions: &["swift"],
        names: &[],
        interpreters: &["swift"],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_swift::LANGUAGE.into(),
            definitions: include_str!("queries/swift.scm"),
            names: &["simple_identifier", "type_identifier"],
        },
    },
    Language {
        extensions: &["toml"],
        names: &["Cargo.lock", "Pipfile", "poetry.lock"],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_toml_ng::LANGUAGE.into(),
            definitions: include_str!("queries/toml.scm"),
            names: &[],
        },
    },
    Language {
        extensions: &["ts", "cts", "mts"],
        names: &[],
        interpreters: &["deno"],
        judged: Every,
        reading: Reading::Grammar {
            grammar: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            definitions: include_str!("queries/typescript.scm"),
            names: &[
                "identifier",
                "type_identifier",
                "property_identifier",
                "shorthand_property_identifier",
            ],
        },
    },
    Language {
        extensions: &["tsx"],
        names: &[],
        interpreters: &[],
        judged: Every,
        reading: Reading::Grammar {
            grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(),
            definitions: include_str!("queries/typescript.scm"),
            names: &[
                "identifier",
                "type_identifier",
                "property_identifier",
                "shorthand_property_identifier",
            ],
        },
    },
    Language {
        extensions: &["yaml", "yml"],
        names: &[],
        interpreters: &[],
        judged: ReadBefore,
        reading: Reading::Grammar {
            grammar: || tree_sitter_yaml::LANGUAGE.into(),
            definitions: include_str!("queries/yaml.scm"),
            names: &[],
        },
    },
];
