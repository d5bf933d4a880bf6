CREATE TABLE `registry_facts` (
	`kind` text NOT NULL,
	`object` text NOT NULL,
	`facts` text NOT NULL,
	PRIMARY KEY(`kind`, `object`)
);
--> statement-breakpoint
CREATE TABLE `registry_parts` (
	`revision` integer NOT NULL,
	`part` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`revision`, `part`)
);
--> statement-breakpoint
ALTER TABLE `registry_objects` ADD `change` text DEFAULT 'created' NOT NULL;