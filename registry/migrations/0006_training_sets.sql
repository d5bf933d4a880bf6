CREATE TABLE `training_sets` (
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`state` text NOT NULL,
	`identity` text NOT NULL,
	`hash` text NOT NULL,
	`service` text,
	`row_count` integer NOT NULL,
	`feature_count` integer NOT NULL,
	`split` text,
	`created_at` integer NOT NULL,
	`description` text,
	`statistics` text,
	PRIMARY KEY(`name`, `version`)
);
--> statement-breakpoint
CREATE INDEX `training_sets_by_age` ON `training_sets` (`state`,`created_at`);