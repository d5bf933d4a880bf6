CREATE TABLE `online_blocks` (
	`view` text NOT NULL,
	`run` text NOT NULL,
	`block` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`view`, `run`, `block`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `runs` ADD `store` text DEFAULT 'kv' NOT NULL;
