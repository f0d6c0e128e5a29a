//! The checks of the family `config`.

pub mod copied_lookup;
pub mod date_guarded_config;
pub mod inert_setting;
pub mod keys_inside_block_text;
pub mod learner_without_parameters;
pub mod literal_beside_setting;
pub mod missing_target;
pub mod none_text;
pub mod untyped_config_boundary;
pub mod unloaded_settings_file;
pub mod unused_setting_value;
